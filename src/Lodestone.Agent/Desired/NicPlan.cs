using System.Collections.Immutable;
using Lodestone.Api.Meta;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>What a state is to have of this machine's network interfaces, and what else follows from them.</summary>
/// <param name="Nics">The network interfaces, oldest first, also those that are not bound.</param>
/// <param name="HasSameNics">Whether they are as they were.</param>
/// <param name="Networks">The networks that they are in.</param>
/// <param name="HasSameNetworks">Whether these are as they were.</param>
/// <param name="Addresses">Who has which address; null while no network interface is placed here.</param>
/// <param name="Touched">Addresses of networks that may be others' now; null: all.</param>
internal sealed record NicPlan(
    ImmutableArray<NicModel> Nics,
    bool HasSameNics,
    OverlayNetworks Networks,
    bool HasSameNetworks,
    NetworkAddresses? Addresses,
    IReadOnlySet<(ObjectKey Network, DatapathAddress Address)>? Touched);
