using Lodestone.Api.Resources;

namespace Lodestone.Controllers.Access;

/// <summary>One thing that a controller does to the API.</summary>
/// <param name="Definition">The kind.</param>
/// <param name="Subresource"><c>status</c>; null: the object itself.</param>
/// <param name="Verb">As in RBAC.</param>
/// <param name="Namespace">Where; null: everywhere.</param>
internal sealed record Permission(ResourceDefinition Definition, string? Subresource, string Verb, string? Namespace)
{
    /// <summary>The resource as RBAC names it: <c>loadbalancers/status</c>.</summary>
    internal string Resource => Subresource is null ? Definition.Plural : $"{Definition.Plural}/{Subresource}";
}
