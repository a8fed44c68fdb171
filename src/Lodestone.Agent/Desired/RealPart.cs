using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>A real and what it follows from beside hosts, devices and next hops. Immutable.</summary>
/// <param name="Target">The target as its routing names it.</param>
/// <param name="Encapsulation">How packets are to be wrapped.</param>
/// <param name="Nic">The network interface; null where none is known.</param>
/// <param name="Way">What it resolved to.</param>
/// <param name="Reason">Why there is no way; null: there is.</param>
/// <param name="Real">What stands in the state: <paramref name="Way"/>, unless the address is a VIP.</param>
internal sealed record RealPart(TargetModel Target, Encapsulation Encapsulation, NetworkInterface? Nic, RealModel Way, string? Reason, RealModel Real)
{
    /// <summary>Whether other network interfaces than its own don't matter: they do where Geneve tells them apart by number.</summary>
    public bool IsByItself => Way.Form == RealKind.Encap || Way.Kind is RealKind.Peer or RealKind.Device;
}
