using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>A network device of this machine, in the namespace the agent runs in.</summary>
/// <param name="Name">As <c>ip link</c> shows it.</param>
/// <param name="Index">The interface index.</param>
/// <param name="IsVeth">One end of a veth pair: served from tc with bpf_redirect_peer.</param>
/// <param name="IsUp">Administratively up.</param>
/// <param name="MtuBytes">Largest L3 packet.</param>
/// <param name="Mac">Its link-layer address.</param>
public sealed record LocalDevice(string Name, uint Index, bool IsVeth, bool IsUp, int MtuBytes, MacAddress Mac)
{
    /// <summary>Whether it has a link partner, as far as the driver tells.</summary>
    public bool HasCarrier { get; init; } = true;
}
