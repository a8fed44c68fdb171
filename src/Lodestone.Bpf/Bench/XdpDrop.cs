namespace Lodestone.Bpf.Bench;

/// <summary>An XDP program that drops every packet: the least that a packet can cost where it arrives, to compare with.</summary>
public static class XdpDrop
{
    private const uint Drop = 1; // XDP_DROP

    /// <summary>Attaches it in the driver. It stays until the device goes.</summary>
    /// <param name="ifindex">The device, in the network namespace of the calling thread.</param>
    /// <exception cref="BpfException">The kernel refused, for instance because another program is there.</exception>
    public static void Attach(int ifindex) => XdpConstant.Attach("xdp_drop", Drop, ifindex, frags: false);
}
