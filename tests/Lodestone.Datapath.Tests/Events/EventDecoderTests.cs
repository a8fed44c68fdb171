using Lodestone.Datapath.Events;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tests.Events;

public sealed class EventDecoderTests
{
    /// <summary>What comes in is anybody's: no packet may end whoever listens. Those of the programs are in the kernel's tests.</summary>
    [Fact]
    public void Decode_AnyBytes_NeverFails()
    {
        var random = new Random(1);
        byte[] firsts = [0x45, 0x4f, 0x60, 0x6f];
        byte[] protocols = [0, 4, 6, 17, 41, 43, 44, 51, 58, 60, 132];
        int withPorts = 0;
        for (int i = 0; i < 200_000; i++)
        {
            byte[] head = new byte[EventHead.Words * 8];
            random.NextBytes(head);
            head[0] = firsts[random.Next(firsts.Length)];
            head[6] = head[9] = protocols[random.Next(protocols.Length)];
            head[40] = protocols[random.Next(protocols.Length)];
            var record = new EventRecord
            {
                Words = (uint)random.Next(EventHead.Words + 3),
                Verdict = (ushort)random.Next(4),
                Vip = EventRecord.NoVip,
                Picked = (uint)random.Next(),
            };
            for (int word = 0; word < EventHead.Words; word++)
            {
                record.Head[word] = BitConverter.ToUInt64(head, word * 8);
            }

            PacketEvent packet = EventDecoder.Decode(record);
            withPorts += packet.Ports is null ? 0 : 1;
            Assert.Equal(packet.Source is null, packet.Protocol is null);
            Assert.Null(packet.Vip);
        }

        Assert.InRange(withPorts, 1000, 200_000);
    }

    [Fact]
    public void Ports_AreInHostByteOrder()
    {
        var packet = new PacketEvent
        {
            TimeNs = 0,
            Kind = EventKind.Drop,
            Verdict = Verdict.DropProtocol,
            Ifindex = 1,
            Bytes = 40,
            Vip = null,
            Real = 0,
            Path = EventPath.Stable,
            Ports = 0x5000697a,
        };

        Assert.Equal((31337, 80), (packet.SourcePort, packet.DestinationPort));
    }
}
