using System.Buffers.Binary;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Model;

/// <summary>A VIP becomes a NIC's own address on the way in, and that address the VIP on the way out, for workloads that can't own a VIP.</summary>
internal sealed class TranslationModel(DatapathMaps maps)
{
    private const int NewLimit = 4; // units of age that a flow waits for an answer
    private const int UdpLimit = 9; // units that one of UDP may be idle (RFC 4787, REQ-5)
    private const int MessageHeader = 8;
    private const int MessageChecksum = 2;
    private const int IPv4Checksum = 10;
    private const byte EchoRequestIPv4 = 8;
    private const byte EchoRequestIPv6 = 128;
    private const int TcpChecksum = 16;
    private const int UdpChecksum = 6;
    private const byte Syn = 0x02;
    private const byte Reset = 0x04;
    private const byte InitAck = 2;
    private const byte Abort = 6;

    /// <summary>A packet into a NIC: changes it in place.</summary>
    /// <returns><see cref="Verdict.None"/> where nothing is to be changed, else <see cref="Verdict.Translated"/> or <see cref="Verdict.DropTranslation"/>.</returns>
    public Verdict In(Span<byte> frame, uint ifindex, uint now)
    {
        if (!TryFind(frame, isSource: false, ifindex, out bool isIPv6, out DatapathAddress destination, out DatapathAddress nic))
        {
            return Verdict.None;
        }

        bool isDirect = nic == destination;
        Verdict unread = isDirect ? Verdict.None : Verdict.DropTranslation;
        Span<byte> ip = frame[EthernetHeader.Size..];
        if (PacketHeaders.ReadIP(ip, isIPv6, out PacketHeaders headers) != Verdict.None)
        {
            return unread;
        }

        DatapathAddress source = headers.Source(ip);
        if (headers.Part.IsLater)
        {
            if (isDirect)
            {
                return Verdict.None;
            }
        }
        else if (IsIcmp(headers))
        {
            if (isDirect)
            {
                return Verdict.None;
            }

            if (headers.Part.IsFirst || !TryReadQuote(ip, headers, out QuotedFlow quoted) || quoted.Vip != destination)
            {
                return Verdict.DropTranslation;
            }

            ExchangeQuoted(ip, headers, quoted, isSource: true, destination, nic);
        }
        else
        {
            if (PacketHeaders.ReadTransport(ip, ref headers) != Verdict.None)
            {
                return unread;
            }

            // A workload that is its own client would not take a packet from its own address.
            var key = new TranslatedKey { Client = source == nic ? destination : source, Ifindex = ifindex, Ports = headers.Ports, Proto = headers.Protocol };
            if (isDirect)
            {
                Forget(key, headers.StartsFlow);
                return Verdict.None;
            }

            Remember(key, new TranslatedFlow { Vip = destination, Nic = nic, Age = FlowTable.Age(now) }, headers.StartsFlow);
            if (source == nic)
            {
                Exchange(ip, headers, isSource: true, source, destination);
            }
        }

        Exchange(ip, headers, isSource: false, destination, nic);
        return Verdict.Translated;
    }

    /// <summary>A health check into a NIC: as <see cref="In"/>, and echo requests as well, which no flow is remembered of.</summary>
    public Verdict Probe(Span<byte> frame, uint ifindex, uint now)
    {
        if (!TryFind(frame, isSource: false, ifindex, out bool isIPv6, out DatapathAddress destination, out DatapathAddress nic) || nic == destination)
        {
            return In(frame, ifindex, now);
        }

        Span<byte> ip = frame[EthernetHeader.Size..];
        int header = isIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size;
        bool isPlain = isIPv6 ? ip[0] >> 4 == 6 && ip[6] == PacketHeaders.IcmpV6
            : ip[0] == 0x45 && ip[9] == PacketHeaders.Icmp && (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) == 0;
        if (!isPlain || ip.Length <= header || ip[header] != (isIPv6 ? EchoRequestIPv6 : EchoRequestIPv4))
        {
            return In(frame, ifindex, now);
        }

        if (isIPv6 && ip.Length < header + MessageChecksum + sizeof(ushort))
        {
            return Verdict.DropTranslation;
        }

        uint change = Put(ip, isIPv6, isSource: false, destination, nic);
        Mend(ip[(isIPv6 ? header + MessageChecksum : IPv4Checksum)..], change);
        return Verdict.Translated;
    }

    /// <summary>A packet out of a NIC: changes it in place where it answers what came by a VIP.</summary>
    public void Back(Span<byte> frame, uint ifindex, uint now)
    {
        Span<byte> ip = frame[Math.Min(EthernetHeader.Size, frame.Length)..];
        if (!TryFind(frame, isSource: true, ifindex, out bool isIPv6, out DatapathAddress source, out DatapathAddress nic)
            || nic != source
            || PacketHeaders.ReadIP(ip, isIPv6, out PacketHeaders headers) != Verdict.None)
        {
            return;
        }

        DatapathAddress destination = DatapathAddress.FromBytes(isIPv6 ? ip.Slice(24, 16) : ip.Slice(16, 4));
        var part = new FragmentKey { Src = source, Dst = destination, Id = headers.Part.Id, Scope = ifindex };
        DatapathAddress vip;
        if (headers.Part.IsLater)
        {
            if (!maps.TranslatedFragments.TryGetValue(part, out vip))
            {
                return;
            }
        }
        else if (IsIcmp(headers))
        {
            // The quoted packet came from the client.
            if (headers.Part.IsFirst || !TryReadQuote(ip, headers, out QuotedFlow quoted) || quoted.Client != source)
            {
                return;
            }

            var key = new TranslatedKey { Client = quoted.Vip, Ifindex = ifindex, Ports = uint.RotateLeft(quoted.Ports, 16), Proto = quoted.Protocol };
            if ((!maps.TranslatedFlows.TryGetValue(key, out TranslatedFlow flow) && !maps.TranslatedNew.TryGetValue(key, out flow)) || flow.Nic != source)
            {
                return;
            }

            vip = flow.Vip;
            ExchangeQuoted(ip, headers, quoted, isSource: false, source, vip);
        }
        else
        {
            if (PacketHeaders.ReadTransport(ip, ref headers) != Verdict.None)
            {
                return;
            }

            var key = new TranslatedKey { Client = destination, Ifindex = ifindex, Ports = uint.RotateLeft(headers.Ports, 16), Proto = headers.Protocol };
            if (!TryRecall(key, headers, FlagsOf(ip, headers), FlowTable.Age(now), out TranslatedFlow flow) || flow.Nic != source)
            {
                if (headers.Part.IsFirst)
                {
                    maps.TranslatedFragments.Remove(part);
                }

                return;
            }

            vip = flow.Vip;
            if (headers.Part.IsFirst)
            {
                maps.TranslatedFragments[part] = vip;
            }
        }

        if (vip == destination)
        {
            Exchange(ip, headers, isSource: false, destination, source);
        }

        Exchange(ip, headers, isSource: true, source, vip);
    }

    private bool TryFind(ReadOnlySpan<byte> frame, bool isSource, uint ifindex, out bool isIPv6, out DatapathAddress address, out DatapathAddress nic)
    {
        (isIPv6, address, nic) = (false, default, default);
        if (frame.Length < EthernetHeader.Size)
        {
            return false;
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        isIPv6 = type == UplinkModel.EtherTypeIPv6;
        if ((!isIPv6 && type != UplinkModel.EtherTypeIPv4) || ip.Length < (isIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size))
        {
            return false;
        }

        (int addresses, int size) = isIPv6 ? (8, 16) : (12, 4);
        address = DatapathAddress.FromBytes(ip.Slice(isSource ? addresses : addresses + size, size));
        return maps.Translations.TryGetValue((ifindex, address), out nic);
    }

    /// <summary>A flow came by a VIP.</summary>
    private void Remember(TranslatedKey key, TranslatedFlow flow, bool starts)
    {
        // A handshake is not taken for the answered flow of the same ports before it.
        Dictionary<TranslatedKey, TranslatedFlow> table = !starts && maps.TranslatedFlows.ContainsKey(key) ? maps.TranslatedFlows : maps.TranslatedNew;
        table[key] = flow;
    }

    /// <summary>A packet came to the NIC's own address. TCP and SCTP tell by the answer.</summary>
    private void Forget(TranslatedKey key, bool starts)
    {
        if (key.Proto == PacketHeaders.Udp)
        {
            maps.TranslatedFlows.Remove(key);
        }

        if (key.Proto == PacketHeaders.Udp || starts)
        {
            maps.TranslatedNew.Remove(key);
        }
    }

    /// <summary>The record that an answer goes by, if any; without one it is the NIC's own.</summary>
    private bool TryRecall(TranslatedKey key, in PacketHeaders headers, byte flags, byte now, out TranslatedFlow flow)
    {
        (bool tcp, bool sctp) = (headers.Protocol == PacketHeaders.Tcp, headers.Protocol == PacketHeaders.Sctp);
        bool isHandshake = (tcp && (flags & Syn) != 0) || (sctp && flags == InitAck);
        bool isRefusal = (tcp && (flags & Reset) != 0) || (sctp && flags == Abort);
        flow = default;
        if (headers.StartsFlow)
        {
            maps.TranslatedFlows.Remove(key);
            maps.TranslatedNew.Remove(key);
            return false;
        }

        if (!isHandshake && maps.TranslatedFlows.TryGetValue(key, out flow))
        {
            if (headers.Protocol == PacketHeaders.Udp && (byte)(now - (byte)flow.Age) >= UdpLimit)
            {
                return false;
            }

            maps.TranslatedFlows[key] = flow with { Age = now };
            return true;
        }

        bool isNew = maps.TranslatedNew.TryGetValue(key, out flow) && (byte)(now - (byte)flow.Age) < NewLimit;
        if (isHandshake && !isNew)
        {
            maps.TranslatedFlows.Remove(key);
        }

        // A health check is no flow that pushes out one.
        if (isNew && !isHandshake && !isRefusal && !ProbeAddresses.Has(key.Client))
        {
            maps.TranslatedFlows[key] = flow;
            maps.TranslatedNew.Remove(key);
        }

        return isNew;
    }

    private static bool IsIcmp(in PacketHeaders headers) => headers.Protocol == (headers.IsIPv6 ? PacketHeaders.IcmpV6 : PacketHeaders.Icmp);

    /// <summary>Flags of TCP; of SCTP the type of the first chunk.</summary>
    private static byte FlagsOf(ReadOnlySpan<byte> ip, in PacketHeaders headers) => headers.Protocol switch
    {
        PacketHeaders.Tcp => ip[headers.HeaderSize + 13],
        PacketHeaders.Sctp => ip[headers.HeaderSize + 12],
        _ => 0,
    };

    private static bool TryReadQuote(ReadOnlySpan<byte> ip, in PacketHeaders headers, out QuotedFlow quoted)
    {
        ReadOnlySpan<byte> message = ip[headers.HeaderSize..headers.Length];
        quoted = default;
        return message.Length >= MessageHeader
            && QuotedFlow.IsError(message[0], headers.IsIPv6)
            && QuotedFlow.Read(message, headers.IsIPv6, out quoted) == Verdict.None;
    }

    /// <summary>Puts an address into the packet and mends the checksums over it.</summary>
    private static void Exchange(Span<byte> ip, in PacketHeaders headers, bool isSource, DatapathAddress from, DatapathAddress to)
    {
        uint change = Put(ip, headers.IsIPv6, isSource, from, to);
        if (!headers.IsIPv6)
        {
            Mend(ip[IPv4Checksum..], change);
        }

        if (headers.Part.IsLater)
        {
            return;
        }

        switch (headers.Protocol)
        {
            case PacketHeaders.Tcp:
                Mend(ip[(headers.HeaderSize + TcpChecksum)..], change);
                break;
            case PacketHeaders.Udp:
                MendUdp(ip[(headers.HeaderSize + UdpChecksum)..], change);
                break;
        }
    }

    /// <summary>Puts an address into what an error quotes, and mends the checksums in the quote and of the message.</summary>
    private static void ExchangeQuoted(Span<byte> ip, in PacketHeaders headers, in QuotedFlow quoted, bool isSource, DatapathAddress from, DatapathAddress to)
    {
        Span<byte> message = ip[headers.HeaderSize..headers.Length];
        Span<byte> quote = message[MessageHeader..];
        Span<byte> transport = quote[quoted.TransportAt..];
        uint change = Put(quote, headers.IsIPv6, isSource, from, to);

        // Under the message's checksum of ICMPv6 is the outer address too; in IPv4 the quoted header's checksum makes up for its address.
        uint under = headers.IsIPv6 ? 2 * change : 0;
        if (!headers.IsIPv6)
        {
            Mend(quote[IPv4Checksum..], change);
        }

        if (quoted.Protocol == PacketHeaders.Udp)
        {
            under += MendUdp(transport[UdpChecksum..], change);
        }
        else if (quoted.Protocol == PacketHeaders.Tcp && transport.Length >= TcpChecksum + sizeof(ushort))
        {
            under += Mend(transport[TcpChecksum..], change);
        }

        Mend(message[MessageChecksum..], under);
    }

    /// <summary>Puts an address in and returns what the sum over it changes by.</summary>
    private static uint Put(Span<byte> ip, bool isIPv6, bool isSource, DatapathAddress from, DatapathAddress to)
    {
        Span<byte> address = isIPv6 ? ip.Slice(isSource ? 8 : 24, 16) : ip.Slice(isSource ? 12 : 16, 4);
        Span<byte> old = stackalloc byte[DatapathAddress.Size];
        Span<byte> next = stackalloc byte[DatapathAddress.Size];
        from.CopyTo(old);
        to.CopyTo(next);
        next[^address.Length..].CopyTo(address);
        return InternetChecksum.Difference(old, next);
    }

    /// <summary>Mends a checksum and returns what the sum over it changes by.</summary>
    private static uint Mend(Span<byte> field, uint change)
    {
        ushort old = BinaryPrimitives.ReadUInt16BigEndian(field);
        ushort mended = InternetChecksum.Change(old, change);
        BinaryPrimitives.WriteUInt16BigEndian(field, mended);
        return (uint)(ushort)~old + mended;
    }

    /// <summary>Likewise of UDP, where 0 is none (RFC 768).</summary>
    private static uint MendUdp(Span<byte> field, uint change)
    {
        ushort old = BinaryPrimitives.ReadUInt16BigEndian(field);
        if (old == 0)
        {
            return 0;
        }

        Mend(field, change);
        if (BinaryPrimitives.ReadUInt16BigEndian(field) == 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(field, ushort.MaxValue);
        }

        return (uint)(ushort)~old + BinaryPrimitives.ReadUInt16BigEndian(field);
    }
}
