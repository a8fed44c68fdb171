using Lodestone.Api.Resources;

namespace Lodestone.Api.Cluster;

/// <summary>Of <see cref="Service"/> only what any object needs: the cluster checks the rest.</summary>
internal sealed class ServiceStrategy : ResourceStrategy<Service>
{
    public override void PrepareForUpdate(Service resource, Service old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(Service resource, Service old) => resource.Spec = old.Spec;
}
