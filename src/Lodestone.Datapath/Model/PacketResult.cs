using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>What a program made of a packet.</summary>
/// <param name="Verdict">What became of it, and why.</param>
/// <param name="Action">Where it goes.</param>
/// <param name="Packet">The frame as it goes there; of no meaning when it is dropped.</param>
/// <param name="Ifindex">The device it goes to, where <paramref name="Action"/> names one; else 0.</param>
public sealed record PacketResult(Verdict Verdict, PacketAction Action, byte[] Packet, uint Ifindex)
{
    /// <summary>With <see cref="PacketAction.DeliverToPeer"/> at the uplink: what tc is told (<see cref="Delivery.Magic"/>).</summary>
    public uint Magic { get; init; } = Delivery.ExpectedMagic;
}
