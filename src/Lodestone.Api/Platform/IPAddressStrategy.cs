using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="IPAddress"/>: the name is the address, and nothing of it changes.</summary>
internal sealed class IPAddressStrategy : ResourceStrategy<IPAddress>
{
    protected override bool IsNamespaced => false;

    public override void PrepareForCreate(IPAddress resource, ICollection<string> warnings) => resource.Status = null;

    public override void PrepareForUpdate(IPAddress resource, IPAddress old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(IPAddress resource, IPAddress old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(IPAddress resource, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Spec;
        bool isNamed = IPAddressName.TryParse(resource.Metadata.Name, out IPAddressName name);
        if (!isNamed)
        {
            errors.Invalid(FieldPath.Metadata.Child("name"), resource.Metadata.Name, "not a valid IP address in canonical format");
        }

        if (!IPFamily.TryParseAddress(resource.Spec.Ip, out System.Net.IPAddress? address))
        {
            errors.Invalid(path.Child("ip"), resource.Spec.Ip, "must specify a valid ip");
        }
        else if (address.ToString() != resource.Spec.Ip)
        {
            errors.Invalid(path.Child("ip"), resource.Spec.Ip, $"must be in canonical format: {address}");
        }
        else if (isNamed && !address.Equals(name.Address))
        {
            errors.Invalid(path.Child("ip"), resource.Spec.Ip, "IP address must match name");
        }

        if (isNamed && (resource.Spec.NetworkRef?.Uid ?? "") != (name.NetworkUid ?? ""))
        {
            errors.Invalid(path.Child("networkRef").Child("uid"), resource.Spec.NetworkRef?.Uid ?? "", "network UID must match name");
        }

        if (resource.Spec.PoolRef is { } pool)
        {
            errors.Invalid(path.Child("poolRef").Child("name"), pool.Name, Names.CheckDnsSubdomain(pool.Name));
        }

        ClaimRefValidation.Validate(resource.Spec.ClaimRef, path.Child("claimRef"), errors);
    }

    private protected override void ValidateChange(IPAddress resource, IPAddress old, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Spec;
        if (resource.Spec.Ip != old.Spec.Ip)
        {
            errors.Invalid(path.Child("ip"), resource.Spec.Ip, Immutable.Detail);
        }

        if (resource.Spec.PoolRef?.Name != old.Spec.PoolRef?.Name)
        {
            errors.Invalid(path.Child("poolRef"), resource.Spec.PoolRef?.Name, Immutable.Detail);
        }

        if ((resource.Spec.NetworkRef?.Name, resource.Spec.NetworkRef?.Uid) != (old.Spec.NetworkRef?.Name, old.Spec.NetworkRef?.Uid))
        {
            errors.Invalid(path.Child("networkRef"), resource.Spec.NetworkRef?.Name, Immutable.Detail);
        }

        ClaimRefValidation.ValidateChange(resource.Spec.ClaimRef, old.Spec.ClaimRef, path.Child("claimRef"), errors);
    }
}
