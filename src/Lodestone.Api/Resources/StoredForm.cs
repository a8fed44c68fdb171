using Lodestone.Api.Meta;

namespace Lodestone.Api.Resources;

/// <summary>How a kind is stored that is another one under other names: <c>events.events.k8s.io</c> are <c>events</c>.</summary>
/// <param name="Definition">The kind that is stored.</param>
/// <param name="ToStored">Makes the stored object of a served one.</param>
/// <param name="ToServed">Makes the served object of a stored one.</param>
public sealed record StoredForm(
    ResourceDefinition Definition,
    Func<KubernetesObject, KubernetesObject> ToStored,
    Func<KubernetesObject, KubernetesObject> ToServed);
