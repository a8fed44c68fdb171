namespace Lodestone.ApiServer.FieldManagement;

/// <summary>How a <see cref="PathElement"/> selects a child. The order is the one elements are sorted in (facts 2.1).</summary>
internal enum PathElementKind
{
    /// <summary>A member of a map, by name; <c>f:</c> in FieldsV1.</summary>
    Field,

    /// <summary>An item of a list, by some of its members; <c>k:</c>.</summary>
    Key,

    /// <summary>An item of a set, by its value; <c>v:</c>.</summary>
    Item,

    /// <summary>An item of a list, by its place; <c>i:</c>.</summary>
    Index,
}
