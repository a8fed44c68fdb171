using Lodestone.Api.Resources;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="ServiceAccount"/>: those of any object, and of its secrets only the names are kept.</summary>
internal sealed class ServiceAccountStrategy : ResourceStrategy<ServiceAccount>
{
    protected override bool RequiresKnownFinalizers => true;

    public override void PrepareForCreate(ServiceAccount resource, ICollection<string> warnings) => KeepNames(resource);

    public override void PrepareForUpdate(ServiceAccount resource, ServiceAccount old, ICollection<string> warnings) => KeepNames(resource);

    private protected override void KeepDesiredState(ServiceAccount resource, ServiceAccount old) =>
        (resource.Secrets, resource.ImagePullSecrets, resource.AutomountServiceAccountToken) =
            (old.Secrets, old.ImagePullSecrets, old.AutomountServiceAccountToken);

    private static void KeepNames(ServiceAccount resource) =>
        resource.Secrets = resource.Secrets is { Count: > 0 } secrets ? secrets.ConvertAll(s => new ObjectReference { Name = s.Name }) : null;
}
