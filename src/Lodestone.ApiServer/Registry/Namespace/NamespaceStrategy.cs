using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Registry.Namespace;

/// <summary>A namespace is held by its own finalizer until it is empty; those that everything relies on cannot go.</summary>
internal sealed class NamespaceStrategy() : ObjectStrategy(ResourceDefinitions.Namespace)
{
    /// <summary>Namespaces that exist from the start.</summary>
    public static readonly string[] Initial = ["default", "kube-system", "kube-public", "kube-node-lease", "lodestone-system"];

    /// <summary>Namespaces that cannot be deleted.</summary>
    private static readonly string[] Permanent = ["default", "kube-system", "kube-public", "lodestone-system"];

    private const string ContentFinalizer = "kubernetes";
    private const string NameLabel = "kubernetes.io/metadata.name";

    /// <inheritdoc/>
    public override void Complete(KubernetesObject value, KubernetesObject? old) =>
        (value.Metadata.Labels ??= [])[NameLabel] = value.Metadata.Name ?? "";

    /// <inheritdoc/>
    public override void PrepareForFinalization(KubernetesObject value, KubernetesObject old) =>
        ((Api.BuiltIn.Namespace)value).Status = ((Api.BuiltIn.Namespace)old).Status;

    /// <inheritdoc/>
    public override string? RefuseDeletion(string name) => Permanent.Contains(name) ? "this namespace may not be deleted" : null;

    /// <inheritdoc/>
    public override void BeginDeletion(KubernetesObject value) =>
        ((Api.BuiltIn.Namespace)value).Status = new NamespaceStatus { Phase = "Terminating" };

    /// <inheritdoc/>
    public override bool IsHeld(KubernetesObject value) =>
        base.IsHeld(value) || ((Api.BuiltIn.Namespace)value).Spec?.Finalizers is { Count: > 0 };

    /// <summary>Whether the namespace still has its own finalizer.</summary>
    public static bool WaitsForContent(KubernetesObject value) => ((Api.BuiltIn.Namespace)value).Spec?.Finalizers?.Contains(ContentFinalizer) == true;

    /// <summary>Takes away the namespace's own finalizer: it is empty.</summary>
    public static void Release(KubernetesObject value) => ((Api.BuiltIn.Namespace)value).Spec?.Finalizers?.Remove(ContentFinalizer);

    /// <summary>Says what is left in a namespace that is being deleted.</summary>
    public static void SetConditions(KubernetesObject value, List<Condition> conditions) =>
        (((Api.BuiltIn.Namespace)value).Status ??= new NamespaceStatus()).Conditions = conditions;
}
