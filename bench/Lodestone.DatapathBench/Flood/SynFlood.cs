using System.Buffers.Binary;
using System.Net;

using Lodestone.Cli.Lab;
using Lodestone.Datapath.Trace;
using Lodestone.Linux.Packets;
using Lodestone.Linux.Processes;

using MacAddress = Lodestone.Datapath.Layout.MacAddress;

namespace Lodestone.DatapathBench.Flood;

/// <summary>TCP SYNs from random addresses and ports, as fast as one thread can send them from a node.</summary>
internal sealed class SynFlood : IDisposable
{
    private const int IpChecksumAt = 24;
    private const int SourceAt = 26;
    private const int PortAt = 34;
    private const int TcpChecksumAt = 50;
    private const uint Sources = 198u << 24 | 18u << 16; // 198.18.0.0/15, for benchmarks (RFC 2544, appendix C.2.2)
    private const uint SourceMask = (1u << 17) - 1;

    private readonly PacketSocket _socket;
    private readonly Thread _thread;
    private readonly byte[] _frame;
    private readonly uint _ipSum;
    private readonly uint _tcpSum;
    private readonly int _cpu;
    private volatile bool _stops;
    private long _sent;

    private SynFlood(LabNode from, LabNode to, IPAddress destination, int cpu)
    {
        _cpu = cpu;
        var packet = new TracePacket { Source = new IPEndPoint(IPAddress.Any, 0), Destination = new IPEndPoint(destination, 80), Protocol = TraceProtocol.Tcp };
        _frame = packet.ToFrame(Convert(to.LinkAddress), Convert(from.LinkAddress));

        // Without a source, what a checksum field says is the sum of the rest.
        _ipSum = (ushort)~BinaryPrimitives.ReadUInt16BigEndian(_frame.AsSpan(IpChecksumAt));
        _tcpSum = (ushort)~BinaryPrimitives.ReadUInt16BigEndian(_frame.AsSpan(TcpChecksumAt));
        _socket = PacketSocket.Open(from.DeviceIndex, from.Namespace);
        _thread = new Thread(Send) { IsBackground = true, Name = "flood" };
        _thread.Start();
    }

    /// <summary>SYNs that the kernel took so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Begins.</summary>
    /// <param name="from">Whose device sends.</param>
    /// <param name="to">Whose MAC address the frames go to.</param>
    /// <param name="destination">Their destination, IPv4.</param>
    /// <param name="cpu">The processor that sends, and takes them through all cables: a veth's far end is served where it was sent to.</param>
    public static SynFlood Start(LabNode from, LabNode to, IPAddress destination, int cpu) => new(from, to, destination, cpu);

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _stops = true;
        _thread.Join();
        _socket.Dispose();
    }

    /// <summary>Writes a source and mends both checksums (RFC 1071).</summary>
    /// <param name="frame">A SYN without a source.</param>
    /// <param name="ipSum">Sum of its IP header.</param>
    /// <param name="tcpSum">Sum of its TCP header and pseudo header.</param>
    /// <param name="source">The address.</param>
    /// <param name="port">The port.</param>
    internal static void SetSource(Span<byte> frame, uint ipSum, uint tcpSum, uint source, ushort port)
    {
        uint change = (source >> 16) + (source & 0xffff);
        BinaryPrimitives.WriteUInt32BigEndian(frame[SourceAt..], source);
        BinaryPrimitives.WriteUInt16BigEndian(frame[PortAt..], port);
        BinaryPrimitives.WriteUInt16BigEndian(frame[IpChecksumAt..], Fold(ipSum + change));
        BinaryPrimitives.WriteUInt16BigEndian(frame[TcpChecksumAt..], Fold(tcpSum + change + port));
    }

    private static ushort Fold(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~((sum & 0xffff) + (sum >> 16));
    }

    private static MacAddress Convert(Linux.MacAddress address) => MacAddress.Parse(address.ToString());

    private void Send()
    {
        CpuAffinity.SetCurrentThread(_cpu);

        // xorshift (Marsaglia, 2003): cheaper than a packet by far.
        ulong random = 0x9E3779B97F4A7C15;
        while (!_stops)
        {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            SetSource(_frame, _ipSum, _tcpSum, Sources | ((uint)(random >> 40) & SourceMask), (ushort)random);
            if (_socket.TrySend(_frame))
            {
                Interlocked.Increment(ref _sent);
            }
        }
    }
}
