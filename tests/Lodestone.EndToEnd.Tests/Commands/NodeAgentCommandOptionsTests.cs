using System.CommandLine;

using Lodestone.Agent;
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

    private static NodeAgentOptions Read(params string[] arguments)
    {
        var options = new NodeAgentCommandOptions();
        var command = new Command("agent");
        options.AddTo(command);
        return options.Read(command.Parse(["--uplink", "eth0", .. arguments]), "data");
    }
}
