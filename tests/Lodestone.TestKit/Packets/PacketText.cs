using Lodestone.Datapath.Layout;

namespace Lodestone.TestKit.Packets;

/// <summary>Packets as text that a network engineer can review, and back.</summary>
/// <remarks>
/// <para>Layers stand between <c> / </c>, outermost first:</para>
/// <para>eth SRC > DST [type N]; vlan ID [prio N] (802.1Q), svlan ID [prio N] (802.1ad); arp request|reply MAC IP > MAC IP; ip4 SRC > DST [ttl N] [tos N] [id N] [frag N] [options WORDS]
/// [len N] [proto N] [version N] [ihl N]; ip6 SRC > DST [hop N] [tc N] [flow N] [next N] [len N] [version N];
/// tcp SPORT > DPORT FLAGS; udp SPORT > DPORT; geneve vni N [opts WORDS] [flags N] [version N] [type N]; sctp SPORT > DPORT init|data; icmp echo-request|echo-reply [id N] [seq N];
/// icmp type N [code N] [mtu N] [quote N] (so many bytes of the packet that follows); hopopts|routing|dstopts|ah [words N] [type N]
/// [left N] [len N]; fragment [frag N] [id N]; icmp6 as icmp, ns TARGET [source-mac MAC], na TARGET [flags RSO] [target-mac MAC];
/// data N (counting bytes), hex BYTES, pad N (behind the IP packet), cut N (ends the frame after N bytes).</para>
/// <para>Lengths, protocols and checksums are computed where they are not given.</para>
/// </remarks>
public static class PacketText
{
    /// <summary>Builds the bytes of a packet.</summary>
    /// <exception cref="FormatException">The text is not in the notation.</exception>
    public static byte[] Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<PacketLayer> layers = [.. text.Split(" / ").Select(layer => PacketLayer.Parse(layer.Trim()))];
        int cut = int.MaxValue, pad = 0;
        foreach (PacketLayer layer in layers.Where(l => l.Name is "cut" or "pad").ToList())
        {
            int length = layer.Port(0);
            (cut, pad) = layer.Name == "cut" ? (length, pad) : (cut, length);
            layers.Remove(layer);
        }

        byte[] packet = [.. PacketBuilder.Build(layers), .. new byte[pad]];
        return packet.Length > cut ? packet[..cut] : packet;
    }

    /// <summary>Reads a MAC address, in which <c>::</c> stands for zeros as in IPv6.</summary>
    public static MacAddress ParseMac(string text) => PacketLayer.ParseMac(text);

    /// <summary>Writes a packet in the notation; parsing it gives the same bytes.</summary>
    public static string Format(ReadOnlySpan<byte> packet) => new PacketPrinter(packet.ToArray()).Print();
}
