using System.Collections.Immutable;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>Who may encapsulate to this machine.</summary>
internal static class UnderlaySources
{
    /// <summary>The addresses of all hosts; null: anybody may.</summary>
    /// <param name="world">The hosts.</param>
    /// <param name="isSameSite">Whether these are as they were.</param>
    /// <param name="last">What this returned last.</param>
    public static ImmutableSortedDictionary<DatapathAddress, uint>? After(WorldSnapshot world, bool isSameSite, ImmutableSortedDictionary<DatapathAddress, uint>? last)
    {
        if (world.TrustsAnySource)
        {
            return null;
        }

        if (isSameSite && last is not null)
        {
            return last;
        }

        ImmutableSortedDictionary<DatapathAddress, uint>.Builder sources = DesiredState.EmptyUnderlaySources.ToBuilder();
        foreach (string text in world.Hosts.SelectMany(host => host.Spec.UnderlayAddresses ?? []))
        {
            if (IpText.TryParse(text, out IPAddress? address))
            {
                sources[DatapathAddress.From(address)] = 1;
            }
        }

        return sources.ToImmutable();
    }
}
