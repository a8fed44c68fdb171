using System.Collections.Immutable;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>The ports a VIP accepts, in the one form that the packet programs read. Immutable.</summary>
/// <remarks>No ranges means every port of TCP, UDP and SCTP. Up to eight ranges lie in the VIP itself, more in a bitmap.</remarks>
public sealed class PortRules
{
    /// <summary>64-bit words of one protocol's bitmap.</summary>
    public const int WordsPerProtocol = 65536 / BitsPerWord;

    /// <summary>64-bit words of a VIP's bitmap: TCP, UDP, SCTP.</summary>
    public const int BitmapWords = 3 * WordsPerProtocol;

    private const int BitsPerWord = 64;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;

    private PortRules(ImmutableArray<PortRange> ranges) => Ranges = ranges;

    /// <summary>Ranges sorted by protocol and port, none touching another; empty when all ports are accepted.</summary>
    public ImmutableArray<PortRange> Ranges { get; }

    /// <summary>Every port of TCP, UDP and SCTP.</summary>
    public bool AcceptsAll => Ranges.IsEmpty;

    /// <summary>There are too many ranges for the VIP itself.</summary>
    public bool NeedsBitmap => Ranges.Length > PortRanges.Length;

    /// <summary>Sorts and merges ranges.</summary>
    /// <exception cref="ArgumentException">A range is of another protocol or ends before it begins.</exception>
    public static PortRules Create(IEnumerable<PortRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        ImmutableArray<PortRange>.Builder merged = ImmutableArray.CreateBuilder<PortRange>();
        foreach (PortRange range in ranges.OrderBy(range => range.Proto).ThenBy(range => range.From))
        {
            Validate(range);
            if (merged.Count > 0 && merged[^1].Proto == range.Proto && range.From <= merged[^1].To + 1)
            {
                PortRange last = merged[^1];
                last.To = Math.Max(last.To, range.To);
                merged[^1] = last;
            }
            else
            {
                merged.Add(new PortRange { Proto = range.Proto, From = range.From, To = range.To });
            }
        }

        return new PortRules(merged.ToImmutable());
    }

    /// <summary>Whether a packet to this port is accepted.</summary>
    public bool Accepts(byte protocol, ushort port)
    {
        if (AcceptsAll)
        {
            return protocol is Tcp or Udp or Sctp;
        }

        foreach (PortRange range in Ranges)
        {
            if (range.Proto == protocol && range.From <= port && port <= range.To)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts the rules into a VIP: flag, ranges, or where its bitmap lies.</summary>
    /// <param name="vip">The VIP; only its port fields and flags change.</param>
    /// <param name="bitmapBase">First word of its bitmap in <c>port_bitmaps</c>; looked at only if <see cref="NeedsBitmap"/>.</param>
    public void ApplyTo(ref Vip vip, uint bitmapBase = 0)
    {
        vip.Flags &= ~(VipFlags.AllPorts | VipFlags.PortBitmap);
        vip.Ranges = default;
        vip.RangeCount = 0;
        vip.PortBitmapBase = 0;
        if (AcceptsAll)
        {
            vip.Flags |= VipFlags.AllPorts;
        }
        else if (NeedsBitmap)
        {
            vip.Flags |= VipFlags.PortBitmap;
            vip.PortBitmapBase = bitmapBase;
        }
        else
        {
            Ranges.CopyTo(vip.Ranges);
            vip.RangeCount = (uint)Ranges.Length;
        }
    }

    /// <summary>Writes the bitmap: port p of a protocol is bit p % 64 of its word p / 64.</summary>
    /// <param name="words"><see cref="BitmapWords"/> words; what they held is overwritten.</param>
    public void WriteBitmap(Span<ulong> words)
    {
        words = words[..BitmapWords];
        words.Clear();
        foreach (PortRange range in Ranges)
        {
            Span<ulong> protocol = words.Slice(FirstWord(range.Proto), WordsPerProtocol);
            for (int port = range.From; port <= range.To; port++)
            {
                protocol[port / BitsPerWord] |= 1UL << (port % BitsPerWord);
            }
        }
    }

    /// <summary>The rules of a VIP that was read back; one that accepts every port gives none, as one without any range does.</summary>
    /// <param name="vip">The VIP.</param>
    /// <param name="bitmaps">All of <c>port_bitmaps</c>.</param>
    public static PortRules Read(in Vip vip, ReadOnlySpan<ulong> bitmaps)
    {
        if (vip.Flags.HasFlag(VipFlags.AllPorts))
        {
            return new PortRules([]);
        }

        return vip.Flags.HasFlag(VipFlags.PortBitmap)
            ? Create(ReadBitmap(bitmaps.Slice((int)vip.PortBitmapBase, BitmapWords)))
            : Create(((ReadOnlySpan<PortRange>)vip.Ranges)[..(int)Math.Min(vip.RangeCount, PortRanges.Length)].ToArray());
    }

    /// <summary>Where a protocol's words begin in a VIP's bitmap.</summary>
    public static int FirstWord(byte protocol) => WordsPerProtocol * protocol switch
    {
        Tcp => 0,
        Udp => 1,
        _ => 2,
    };

    private static List<PortRange> ReadBitmap(ReadOnlySpan<ulong> words)
    {
        List<PortRange> ranges = [];
        foreach (byte protocol in (ReadOnlySpan<byte>)[Tcp, Udp, Sctp])
        {
            ReadOnlySpan<ulong> plane = words.Slice(FirstWord(protocol), WordsPerProtocol);
            for (int port = 0; port < WordsPerProtocol * BitsPerWord; port++)
            {
                if ((plane[port / BitsPerWord] >> (port % BitsPerWord) & 1) != 0)
                {
                    ranges.Add(new PortRange { Proto = protocol, From = (ushort)port, To = (ushort)port });
                }
            }
        }

        return ranges;
    }

    private static void Validate(in PortRange range)
    {
        if (range.Proto is not (Tcp or Udp or Sctp))
        {
            throw new ArgumentException($"protocol {range.Proto} is none of TCP (6), UDP (17) and SCTP (132)");
        }

        if (range.To < range.From)
        {
            throw new ArgumentException($"port range {range.From}-{range.To} ends before it begins");
        }
    }
}
