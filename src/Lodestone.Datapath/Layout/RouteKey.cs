using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct route_key</c>: an address of a network.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct RouteKey
{
    /// <summary>VNI; <see cref="AnyNetwork"/> for the addresses of all networks.</summary>
    public uint Network;

    /// <summary>Zero.</summary>
    public uint Pad;

    /// <summary>The address.</summary>
    public DatapathAddress Addr;

    /// <summary>A key of this address in this network.</summary>
    public RouteKey(uint network, DatapathAddress address)
    {
        Network = network;
        Addr = address;
    }

    /// <summary>Under this number stand the addresses of all networks, to tell what would leak from what is public.</summary>
    public const uint AnyNetwork = 0;

    /// <summary>Under this number, which is more than a VNI, and no address stands the way to the agent's prober.</summary>
    public const uint ProberNetwork = 0x1000000;
}
