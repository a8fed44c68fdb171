namespace Lodestone.Api.Meta;

/// <summary>Namespace and name of an object. An empty namespace means cluster scope.</summary>
/// <param name="Namespace">The namespace, or the empty string.</param>
/// <param name="Name">The name.</param>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    /// <summary><c>namespace/name</c>, or <c>name</c> for cluster scope.</summary>
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
