namespace Lodestone.ApiServer.FieldManagement;

/// <summary>A field that somebody else owns with another value.</summary>
/// <param name="Owner">Who.</param>
/// <param name="Path">The field.</param>
internal sealed record FieldConflict(ManagerId Owner, PathElement[] Path)
{
    /// <summary>The field as messages show it: <c>.spec.ports[port=80,protocol="TCP"].port</c>.</summary>
    public string Field => string.Concat(Path);
}
