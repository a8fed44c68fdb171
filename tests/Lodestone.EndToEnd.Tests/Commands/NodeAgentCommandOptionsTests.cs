using System.CommandLine;

using Lodestone.Agent;
using Lodestone.Agent.Apply;
using Lodestone.Cli;
using Lodestone.Cli.Commands;

namespace Lodestone.EndToEnd.Tests.Commands;

public sealed class NodeAgentCommandOptionsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(1, "--role", "gateway")]
    [InlineData(2, "--role", "hypervisor")]
    [InlineData(2, "--role", "gateway", "--role", "hypervisor")]
    [InlineData(5, "--role", "gateway", "--lease-seconds", "5")]
    public void Read_Lease_IsShortOnPureGateways(int seconds, params string[] arguments) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(arguments).LeaseDuration);

    [Theory]
    [InlineData("0")]
    [InlineData("3601")]
    public void Read_LeaseOutOfRange_SaysWhatIsInIt(string seconds)
    {
        CommandException e = Assert.Throws<CommandException>(() => Read("--lease-seconds", seconds));

        Assert.Contains($"--lease-seconds {seconds} is not between 1 and 3600", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Capacities_AreThoseThatAreNamed()
    {
        Assert.Equal(new DatapathCapacities(), Read().Capacities);
        Assert.Equal(
            new DatapathCapacities { VipSlots = 1 << 15, Reals = 100_001, FlowBuckets = 1 << 18 },
            Read("--capacity", "vips=10000", "--capacity", "targets=100000", "--capacity", "recorded-flows=2000000").Capacities);
    }

    [Theory]
    [InlineData("vips", "--capacity 'vips' is not NAME=COUNT with one of the names vips, ring-slots, targets, ")]
    [InlineData("slots=3", "--capacity 'slots=3' is not NAME=COUNT with one of the names ")]
    [InlineData("vips=0", "--capacity vips: '0' is not between 1 and 1048576")]
    [InlineData("targets=2000000", "--capacity targets: '2000000' is not between 1 and 1048575")]
    [InlineData("routes=many", "--capacity routes: 'many' is not between 1 and 16777216")]
    public void Read_CapacityThatMakesNoSense_SaysWhatWould(string text, string expected)
    {
        CommandException e = Assert.Throws<CommandException>(() => Read("--capacity", text));

        Assert.StartsWith(expected, e.Message, StringComparison.Ordinal);
    }

    private static NodeAgentOptions Read(params string[] arguments)
    {
        var options = new NodeAgentCommandOptions();
        var command = new Command("agent");
        options.AddTo(command);
        return options.Read(command.Parse(["--uplink", "eth0", .. arguments]), "data");
    }
}
