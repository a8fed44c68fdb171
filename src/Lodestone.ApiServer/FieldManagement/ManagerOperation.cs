namespace Lodestone.ApiServer.FieldManagement;

/// <summary>How a manager set fields. The order is the one entries are sorted in.</summary>
internal enum ManagerOperation
{
    /// <summary>By server-side apply: what it leaves out the next time is removed.</summary>
    Apply,

    /// <summary>By anything else.</summary>
    Update,
}
