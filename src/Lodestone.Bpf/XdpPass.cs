namespace Lodestone.Bpf;

/// <summary>An XDP program that passes every packet on: what the far end of a veth needs so that frames sent back by XDP (XDP_TX) arrive there.</summary>
/// <remarks>
/// GRO at the far end makes such frames be taken, but only an XDP program there makes the kernel wake the receiver for each batch
/// (veth_xdp_flush in drivers/net/veth.c asks for one); without, they lie until something else wakes it, and 256 of them fill its ring.
/// </remarks>
public static class XdpPass
{
    private const uint Pass = 2; // XDP_PASS

    /// <summary>Attaches it in the driver. It stays until the device goes.</summary>
    /// <param name="ifindex">The device, in the network namespace of the calling thread.</param>
    /// <param name="frags">Whether it takes packets of several buffers, as a large MTU needs.</param>
    /// <exception cref="BpfException">The kernel refused, for instance because another program is there.</exception>
    public static void Attach(int ifindex, bool frags = false) => XdpConstant.Attach("xdp_pass", Pass, ifindex, frags);
}
