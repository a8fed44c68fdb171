using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Addresses;

namespace Lodestone.Controllers.Ipam;

/// <summary>The addresses that an Internal load balancer asks for: literal ones, and those of its ephemeral Prefixes.</summary>
internal static class LoadBalancerAddresses
{
    /// <summary>The address of <c>spec.ips[index]</c>, not reserved yet, or what is missing.</summary>
    internal static AddressOutcome Of(LoadBalancer lb, int index, ILister<Prefix> prefixes)
    {
        if (lb.Spec.Ips![index].Value is { } value)
        {
            return IPFamily.TryParseAddress(value, out _)
                ? new AddressOutcome(value)
                : new AddressOutcome(null, "AddressInvalid", $"spec.ips[{index}].value: \"{value}\" is not an IPv4 or IPv6 address");
        }

        string name = EphemeralPrefix.NameOfIp(lb.Metadata.Name ?? "", index);
        prefixes.TryGet(new ObjectKey(lb.Metadata.Namespace ?? "", name), out Prefix? prefix);
        EphemeralOutcome outcome = EphemeralPrefix.Resolve(prefix, lb, name);
        return outcome.Prefix is null ? new AddressOutcome(null, outcome.Reason, outcome.Message)
            : EphemeralPrefix.AddressOf(outcome.Prefix) is { } address ? new AddressOutcome(address.ToString())
            : new AddressOutcome(null, "PrefixNotAnAddress", $"Prefix {name} is {outcome.Prefix}, not a single address");
    }
}
