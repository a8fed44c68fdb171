using System.Net;
using Lodestone.Api.Meta;

namespace Lodestone.Agent.Health;

/// <summary>A target that this machine checks: a network interface of its own. Immutable.</summary>
/// <param name="Key">Whose health it is.</param>
/// <param name="LoadBalancer">The load balancer.</param>
/// <param name="Nic">The network interface.</param>
/// <param name="Vip">Where checks are sent to.</param>
/// <param name="Ifindex">The interface's device.</param>
/// <param name="IsVeth">Whether that is a veth, to whose far end packets are handed.</param>
/// <param name="Spec">How it is checked.</param>
public sealed record HealthTarget(HealthKey Key, ObjectKey LoadBalancer, ObjectKey Nic, IPAddress Vip, uint Ifindex, bool IsVeth, ProbeSpec Spec)
{
    /// <summary>Beside a device's index, of one that is no veth (<c>PROBE_OUT</c> of <c>probe.h</c>).</summary>
    private const uint Out = 0x8000_0000;

    /// <summary>The network interface's own address that takes the VIP's place; null where the VIP reaches the workload.</summary>
    /// <remarks>Answers to echo requests come from it: what makes the VIP of it again knows flows, and an echo is none.</remarks>
    public IPAddress? OwnAddress { get; init; }

    /// <summary>What <c>lodestone_probe</c> finds in the mark of the target's packets.</summary>
    public uint Mark => IsVeth ? Ifindex : Ifindex | Out;
}
