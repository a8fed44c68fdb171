using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli;
using Lodestone.Cli.Commands;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Trace;

namespace Lodestone.EndToEnd.Tests.Trace;

public sealed class TraceArgumentsTests
{
    [Theory]
    [InlineData("192.0.2.10:40000", "192.0.2.10:40000")]
    [InlineData("192.0.2.10", "192.0.2.10:7")]
    [InlineData("[2001:db8::a]:40000", "[2001:db8::a]:40000")]
    [InlineData("[2001:db8::a]", "[2001:db8::a]:7")]
    [InlineData("2001:db8::a", "[2001:db8::a]:7")]
    [InlineData("2001:db8::a:80", "[2001:db8::a:80]:7")]
    public void Parse_Endpoint_IsRead(string text, string expected) => Assert.Equal(expected, TraceEndpoint.Parse("SRC", text, 7).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("web:80")]
    [InlineData("192.0.2:80")]
    [InlineData("192.0.2.10:")]
    [InlineData("192.0.2.10:0")]
    [InlineData("192.0.2.10:65536")]
    [InlineData("192.0.2.10:+80")]
    [InlineData("[192.0.2.10]:80")]
    [InlineData("[2001:db8::a")]
    [InlineData("[2001:db8::a]:x")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::ffff:192.0.2.10")]
    public void Parse_AnythingElse_IsRefusedByName(string text)
    {
        CommandException refused = Assert.Throws<CommandException>(() => TraceEndpoint.Parse("SRC", text, 7));

        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.StartsWith($"SRC '{text}' is not IP:port", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadPacket_DestinationWithoutPort_AsksForOne()
    {
        CommandException refused = Assert.Throws<CommandException>(() => TraceCommand.ReadPacket("192.0.2.10", "2001:db8::1", "udp", "syn", 0));

        Assert.Equal("DST '2001:db8::1' lacks a port, as in [2001:db8::1]:80.", refused.Message);
    }

    [Theory]
    [InlineData("192.0.2.10", "[2001:db8::1]:80", "tcp", 0, "two families")]
    [InlineData("192.0.2.10", "198.51.100.1:80", "tcp", 3401, "--size 3401")]
    [InlineData("192.0.2.10", "198.51.100.1:80", "tcp", -1, "--size -1")]
    public void ReadPacket_MakesNoSense_SaysWhy(string source, string destination, string protocol, int size, string expected)
    {
        CommandException refused = Assert.Throws<CommandException>(() => TraceCommand.ReadPacket(source, destination, protocol, "syn", size));

        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp", "00", "--quic-cid is for udp")]
    [InlineData("udp", "", "--quic-cid  is no connection ID")]
    [InlineData("udp", "0", "--quic-cid 0 is no connection ID")]
    [InlineData("udp", "xy", "--quic-cid xy is no connection ID")]
    [InlineData("udp", "000102030405060708090a0b0c0d0e0f1011121314", "give 1 to 20 bytes")]
    public void ReadPacket_ConnectionIdThatIsNone_SaysWhy(string protocol, string id, string expected)
    {
        CommandException refused = Assert.Throws<CommandException>(() => TraceCommand.ReadPacket("192.0.2.10", "198.51.100.1:443", protocol, "syn", 0, id));

        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadPacket_ConnectionId_IsInThePacketBehindItsShortHeader()
    {
        TracePacket packet = TraceCommand.ReadPacket("192.0.2.10", "198.51.100.1:443", "udp", "syn", 0, "000a00000511");

        Assert.Equal([0x40, 0, 10, 0, 0, 5, 0x11, 0], packet.ToFrame(default, default)[42..50]);
    }

    [Theory]
    [InlineData("tcp", "syn", TraceProtocol.Tcp, true)]
    [InlineData("sctp", "ack", TraceProtocol.Sctp, false)]
    [InlineData("udp", "syn", TraceProtocol.Udp, true)]
    [InlineData("icmp", "syn", TraceProtocol.Icmp, true)]
    public void ReadPacket_Protocol_IsTaken(string protocol, string flags, TraceProtocol expected, bool startsFlow)
    {
        TracePacket packet = TraceCommand.ReadPacket("192.0.2.10", protocol == "icmp" ? "198.51.100.1" : "198.51.100.1:80", protocol, flags, 100);

        Assert.Equal((expected, startsFlow, 100), (packet.Protocol, packet.StartsFlow, packet.SizeBytes));
    }

    [Theory]
    [InlineData(true, "10.0.0.9:80", null, "tcp", null, "10.0.0.9:80", "tcp")]
    [InlineData(true, "10.0.0.9:53", "udp", "tcp", null, "10.0.0.9:53", "udp")]
    [InlineData(true, "10.0.0.1", "10.0.0.9:80", "sctp", "10.0.0.1", "10.0.0.9:80", "sctp")]
    [InlineData(false, "192.0.2.10", "198.51.100.1:80", "tcp", "192.0.2.10", "198.51.100.1:80", "tcp")]
    public void Arrange_Arguments_MayLeaveTheSenderOutAtANic(bool isAtNic, string first, string? second, string third, string? source, string destination, string protocol) =>
        Assert.Equal((source, destination, protocol), TraceCommand.Arrange(isAtNic, first, second, third));

    [Fact]
    public void Arrange_NoDestination_IsRefused()
    {
        CommandException refused = Assert.Throws<CommandException>(() => TraceCommand.Arrange(false, "192.0.2.10", null, "tcp"));

        Assert.Equal((ExitCodes.Usage, "DST is missing: name the VIP, as in 198.51.100.1:80."), (refused.ExitCode, refused.Message));
    }

    [Theory]
    [InlineData(null, "10.0.0.9:80", "10.0.0.1:49152")]
    [InlineData(null, "[fd00::9]:80", "[fd00::1]:49152")]
    [InlineData("10.0.0.77:5", "10.0.0.9:80", "10.0.0.77:5")]
    public void SenderOf_Packet_IsTheNicUnlessItIsNamed(string? source, string destination, string expected)
    {
        (DatapathAddress, NicSource)[] sources =
        [
            (default, new NicSource { Kind = NicSourceKind.Link }),
            (DatapathAddress.Parse("198.51.100.1"), new NicSource { Kind = NicSourceKind.Vip }),
            (DatapathAddress.Parse("fd00::1"), new NicSource { Kind = NicSourceKind.Own }),
            (DatapathAddress.Parse("10.0.0.1"), new NicSource { Kind = NicSourceKind.Own }),
        ];
        TracePacket packet = TraceCommand.ReadPacket(source, destination, "tcp", "syn", 0);

        Assert.Equal(expected, TraceCommand.SenderOf(packet, sources, "web-1").ToString());
        CommandException refused = Assert.Throws<CommandException>(() => TraceCommand.SenderOf(TraceCommand.ReadPacket(null, destination, "tcp", "syn", 0), sources[..2], "web-1"));
        Assert.StartsWith("--nic web-1: it has no IPv", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web-1", 7)]
    [InlineData("default/web-1", 7)]
    [InlineData("tap8", 8)]
    [InlineData("other/web-2", 9)]
    public void Find_Nic_ByNameOrDevice(string text, int ifindex) => Assert.Equal((uint)ifindex, Find(text).Ifindex);

    [Theory]
    [InlineData("web-2", "--nic web-2: there are default/web-2 (device tap8), other/web-2 (device tap9); name one by namespace/name.")]
    [InlineData("eth0", "--nic eth0: no network interface of this machine has that name or device; there are default/web-1 (device tap7), default/web-2 (device tap8), device tap10, other/web-2 (device tap9).")]
    public void Find_NoneOrSeveral_AreListed(string text, string expected)
    {
        CommandException refused = Assert.Throws<CommandException>(() => Find(text));

        Assert.Equal((ExitCodes.Usage, expected), (refused.ExitCode, refused.Message));
    }

    private static (ulong Target, uint Ifindex) Find(string text)
    {
        ulong[] targets = [.. Enumerable.Range(7, 4).Select(i => TargetHash.Of($"uid-{i}"))];
        NetworkInterface[] nics = [Nic("default", "web-1", 7), Nic("default", "web-2", 8), Nic("other", "web-2", 9), Nic("default", "elsewhere", 12)];
        return NicSelector.Find(
            text,
            targets.Index().ToDictionary(target => target.Item, target => (uint)(7 + target.Index)),
            ObjectNames.From([], nics),
            new DeviceNames(Enumerable.Range(7, 4).ToDictionary(i => (uint)i, i => $"tap{i}")));
    }

    private static NetworkInterface Nic(string scope, string name, int number) =>
        new() { Metadata = new ObjectMeta { Namespace = scope, Name = name, Uid = $"uid-{number}" } };
}
