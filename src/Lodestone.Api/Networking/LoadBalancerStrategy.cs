using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Networking;

/// <summary>Rules for <see cref="LoadBalancer"/>.</summary>
internal sealed class LoadBalancerStrategy : ResourceStrategy<LoadBalancer>
{
    private const string Internal = "Internal";

    private static readonly string[] Types = ["Internal", "Public"];
    private static readonly string[] GatewayStates = [LoadBalancerGatewayStates.Failed, LoadBalancerGatewayStates.Programmed];

    public override void Default(LoadBalancer resource) =>
        resource.Spec.IpFamilies = AddressSourceValidation.Default(resource.Spec.IpFamilies, resource.Spec.Ips);

    public override void PrepareForCreate(LoadBalancer resource, ICollection<string> warnings)
    {
        resource.Status = null;
        DropIps(resource, warnings);
    }

    public override void PrepareForUpdate(LoadBalancer resource, LoadBalancer old, ICollection<string> warnings)
    {
        resource.Status = old.Status;
        DropIps(resource, warnings);
    }

    protected override IEnumerable<string> CheckName(string name) => Names.CheckDnsLabel(name);

    private protected override void KeepDesiredState(LoadBalancer resource, LoadBalancer old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(LoadBalancer resource, FieldErrorList errors)
    {
        LoadBalancerSpec spec = resource.Spec;
        FieldPath path = FieldPath.Spec;
        if (string.IsNullOrEmpty(spec.Type))
        {
            errors.Required(path.Child("type"), "must specify type");
        }
        else if (!Types.Contains(spec.Type))
        {
            errors.NotSupported(path.Child("type"), spec.Type, Types);
        }

        AddressSourceValidation.ValidateFamilies(spec.IpFamilies, path.Child("ipFamilies"), errors);
        if (spec.Ips is { Count: > 0 })
        {
            AddressSourceValidation.ValidateSources(spec.Ips, spec.IpFamilies, resource.Metadata.Name, path.Child("ips"), errors);
        }

        string network = spec.NetworkRef?.Name ?? "";
        errors.Invalid(path.Child("networkRef").Child("name"), network, Names.CheckDnsSubdomain(network));
        LabelSelectorValidation.Validate(spec.NetworkInterfaceSelector, path.Child("networkInterfaceSelector"), errors);
        LoadBalancerPortValidation.Validate(spec.Ports, path.Child("ports"), errors);
    }

    private protected override void ValidateChange(LoadBalancer resource, LoadBalancer old, FieldErrorList errors)
    {
        if (resource.Spec.Type != old.Spec.Type)
        {
            errors.Forbidden(FieldPath.Spec.Child("type"), Immutable.Detail);
        }

        if (resource.Spec.NetworkRef?.Name != old.Spec.NetworkRef?.Name)
        {
            errors.Forbidden(FieldPath.Spec.Child("networkRef"), Immutable.Detail);
        }
    }

    private protected override void ValidateStatus(LoadBalancer resource, FieldErrorList errors)
    {
        AddressSourceValidation.ValidateAddresses(resource.Status?.Ips, FieldPath.Status.Child("ips"), errors);
        List<LoadBalancerGateway> gateways = resource.Status?.Gateways ?? [];
        for (int i = 0; i < gateways.Count; i++)
        {
            FieldPath path = FieldPath.Status.Child("gateways").Index(i);
            string name = gateways[i].Name;
            errors.Invalid(path.Child("name"), name, Names.CheckDnsSubdomain(name));
            if (gateways.FindIndex(g => g.Name == name) < i)
            {
                errors.Duplicate(path.Child("name"), name);
            }

            if (!GatewayStates.Contains(gateways[i].State))
            {
                errors.NotSupported(path.Child("state"), gateways[i].State, GatewayStates);
            }
        }
    }

    // IronCore drops them without a word.
    private static void DropIps(LoadBalancer resource, ICollection<string> warnings)
    {
        if (resource.Spec.Type == Internal || resource.Spec.Ips is null)
        {
            return;
        }

        if (resource.Spec.Ips.Count > 0)
        {
            warnings.Add("spec.ips is ignored: only a LoadBalancer of type Internal can choose its addresses");
        }

        resource.Spec.Ips = null;
    }
}
