namespace Lodestone.ApiServer.Storage;

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    /// <summary>It is on disk and visible.</summary>
    Committed,

    /// <summary>A creation found the key taken.</summary>
    Exists,

    /// <summary>An update or deletion found nothing.</summary>
    NotFound,

    /// <summary>An update or deletion found another version than expected.</summary>
    VersionMismatch,

    /// <summary>What the write requires does not exist, or is being deleted.</summary>
    RequirementMissing,
}
