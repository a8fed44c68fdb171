using System.Net;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;

namespace Lodestone.Agent.Desired;

/// <summary>The addresses and prefixes of network interfaces: literal ones, and those of Prefixes that were made for them.</summary>
internal sealed class NicSources(ObjectPicture<Prefix> prefixes)
{
    /// <summary>The address of <c>spec.ips[index]</c>; null where there is none, and why.</summary>
    /// <param name="nic">The network interface.</param>
    /// <param name="index">Which address.</param>
    /// <param name="isFinal">Whether waiting doesn't help.</param>
    /// <param name="problem">Why there is none.</param>
    public IPAddress? AddressOf(NetworkInterface nic, int index, out bool isFinal, out string problem)
    {
        (isFinal, problem) = (false, "");
        if (nic.Spec.Ips![index].Value is { } text)
        {
            if (IpText.TryParse(text, out IPAddress? literal))
            {
                return literal;
            }

            (isFinal, problem) = (true, $"spec.ips[{index}].value: \"{text}\" is not an IPv4 or IPv6 address");
            return null;
        }

        EphemeralOutcome outcome = Resolve(nic, EphemeralPrefix.NameOfIp(nic.Metadata.Name ?? "", index));
        IPAddress? address = EphemeralPrefix.AddressOf(outcome.Prefix);
        if (address is null)
        {
            problem = $"spec.ips[{index}]: {(outcome.Prefix is null ? outcome.Message : $"{outcome.Prefix} is not a single address")}";
        }

        return address;
    }

    /// <summary>The further prefixes that are there, in the order of the spec.</summary>
    /// <param name="nic">The network interface.</param>
    /// <param name="problem">What is missing; empty: nothing.</param>
    public List<string> PrefixesOf(NetworkInterface nic, out string problem)
    {
        problem = "";
        List<string> found = [];
        for (int i = 0; i < nic.Spec.Prefixes?.Count; i++)
        {
            if (nic.Spec.Prefixes[i].Value is { } literal)
            {
                found.Add(literal);
                continue;
            }

            EphemeralOutcome outcome = Resolve(nic, EphemeralPrefix.NameOfPrefix(nic.Metadata.Name ?? "", i));
            if (outcome.Prefix is { } prefix)
            {
                found.Add(prefix);
            }
            else if (problem.Length == 0)
            {
                problem = $"spec.prefixes[{i}]: {outcome.Message}";
            }
        }

        return found;
    }

    private EphemeralOutcome Resolve(NetworkInterface nic, string name) =>
        EphemeralPrefix.Resolve(prefixes.Find(new ObjectKey(nic.Metadata.Namespace ?? "", name)), nic, name);
}
