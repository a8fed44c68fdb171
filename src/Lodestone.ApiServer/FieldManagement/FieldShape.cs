namespace Lodestone.ApiServer.FieldManagement;

/// <summary>How a value is owned and merged (facts 2.2).</summary>
internal enum FieldShape
{
    /// <summary>A single value, owned as a whole.</summary>
    Scalar,

    /// <summary>A list that is owned and replaced as a whole.</summary>
    AtomicList,

    /// <summary>A list whose items are known by their value, or by some of their members, and owned one by one.</summary>
    AssociativeList,

    /// <summary>A map or an object that is owned and replaced as a whole.</summary>
    AtomicMap,

    /// <summary>A map or an object whose members are owned one by one.</summary>
    GranularMap,
}
