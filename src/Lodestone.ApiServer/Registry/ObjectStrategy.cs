using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Registry;

/// <summary>What the server itself does differently for a kind, beside the kind's own <see cref="ResourceStrategy"/>.</summary>
internal class ObjectStrategy(ResourceDefinition resource)
{
    /// <summary>The kind.</summary>
    public ResourceDefinition Resource { get; } = resource;

    /// <summary>Whether a replacement without resourceVersion is taken as it is; Kubernetes does so for its own kinds, but not for leases.</summary>
    public virtual bool AllowsUnconditionalUpdate => Resource.IsBuiltIn && Resource.Group != "coordination.k8s.io";

    /// <summary>Whether an object that is not there is created by replacing it; Kubernetes does so with some of its own kinds.</summary>
    public virtual bool AllowsCreateOnUpdate => Resource.Group is ResourceDefinitions.RbacGroup or "coordination.k8s.io" || (Resource.IsBuiltIn && Resource.Kind == "Event");

    /// <summary>Whether metadata.generation counts changes of what is wanted.</summary>
    public virtual bool KeepsGeneration => !Resource.IsBuiltIn;

    /// <summary>Completes an object that is about to be validated.</summary>
    /// <param name="value">The object.</param>
    /// <param name="old">The object as it is; null at its creation.</param>
    public virtual void Complete(KubernetesObject value, KubernetesObject? old)
    {
    }

    /// <summary>Resets what a writer of <c>/finalize</c> may not change, where there is that.</summary>
    public virtual void PrepareForFinalization(KubernetesObject value, KubernetesObject old)
    {
    }

    /// <summary>Resets what a writer of <c>/status</c>, or of <c>/approval</c>, may not change of the status.</summary>
    public virtual void PrepareForStatus(KubernetesObject value, KubernetesObject old, bool isApproval)
    {
    }

    /// <summary>Why an object may not be deleted, or null.</summary>
    public virtual string? RefuseDeletion(string name) => null;

    /// <summary>Marks an object whose deletion begins, beside the timestamp.</summary>
    public virtual void BeginDeletion(KubernetesObject value)
    {
    }

    /// <summary>Whether something still holds an object that is being deleted.</summary>
    public virtual bool IsHeld(KubernetesObject value) => value.Metadata.Finalizers is { Count: > 0 };
}
