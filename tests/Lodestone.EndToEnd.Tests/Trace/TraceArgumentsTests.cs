using Lodestone.Cli;
using Lodestone.Cli.Commands;
using Lodestone.Cli.Trace;
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
    [InlineData("tcp", "syn", TraceProtocol.Tcp, true)]
    [InlineData("sctp", "ack", TraceProtocol.Sctp, false)]
    [InlineData("udp", "syn", TraceProtocol.Udp, true)]
    [InlineData("icmp", "syn", TraceProtocol.Icmp, true)]
    public void ReadPacket_Protocol_IsTaken(string protocol, string flags, TraceProtocol expected, bool startsFlow)
    {
        TracePacket packet = TraceCommand.ReadPacket("192.0.2.10", protocol == "icmp" ? "198.51.100.1" : "198.51.100.1:80", protocol, flags, 100);

        Assert.Equal((expected, startsFlow, 100), (packet.Protocol, packet.StartsFlow, packet.SizeBytes));
    }
}
