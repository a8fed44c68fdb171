namespace Lodestone.ApiServer.FieldManagement;

/// <summary>How one value differs from another. No field is in more than one of the sets.</summary>
/// <param name="Added">Fields only the newer one has.</param>
/// <param name="Modified">Fields both have, with other values.</param>
/// <param name="Removed">Fields only the older one has.</param>
internal sealed record FieldChanges(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    /// <summary>Whether there is no difference.</summary>
    public bool IsEmpty => Added.IsEmpty && Modified.IsEmpty && Removed.IsEmpty;

    /// <summary>What the newer one set.</summary>
    public FieldSet Written => Added.Union(Modified);

    /// <summary>The same without some fields and all below them.</summary>
    public FieldChanges Without(FieldSet fields) =>
        fields.IsEmpty ? this : new FieldChanges(Added.ExceptWithin(fields), Modified.ExceptWithin(fields), Removed.ExceptWithin(fields));
}
