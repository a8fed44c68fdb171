namespace Lodestone.Datapath.Model;

/// <summary>Where a program sends a packet.</summary>
public enum PacketAction
{
    /// <summary>To the kernel's own network stack.</summary>
    Pass,

    /// <summary>Nowhere.</summary>
    Drop,

    /// <summary>Out of the device it came in at.</summary>
    Transmit,

    /// <summary>Through tc at the uplink to the far end of a veth or, where the VIP becomes the NIC's address, of any device.</summary>
    DeliverToPeer,

    /// <summary>Out of another device.</summary>
    Redirect,

    /// <summary>Out of another device, with an Ethernet header for the next hop that the kernel finds.</summary>
    RedirectToNeighbour,
}
