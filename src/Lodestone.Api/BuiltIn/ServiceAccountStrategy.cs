using Lodestone.Api.Resources;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="ServiceAccount"/>: those of any object.</summary>
internal sealed class ServiceAccountStrategy : ResourceStrategy<ServiceAccount>
{
    protected override bool RequiresKnownFinalizers => true;

    private protected override void KeepDesiredState(ServiceAccount resource, ServiceAccount old) =>
        (resource.Secrets, resource.ImagePullSecrets, resource.AutomountServiceAccountToken) =
            (old.Secrets, old.ImagePullSecrets, old.AutomountServiceAccountToken);
}
