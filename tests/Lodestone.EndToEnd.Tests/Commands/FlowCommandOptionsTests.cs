using System.CommandLine;

using Lodestone.Cli.Commands;
using Lodestone.Controllers;

namespace Lodestone.EndToEnd.Tests.Commands;

public sealed class FlowCommandOptionsTests
{
    [Fact]
    public void Apply_NothingSaid_LeavesTheDefaults()
    {
        var defaults = new ControllerOptions();

        Assert.Equal(defaults, Apply(defaults));
    }

    [Fact]
    public void Apply_Seconds_AreTheControllersDefaults()
    {
        ControllerOptions options = Apply(new ControllerOptions(), "--drain-seconds", "0", "--transition-seconds", "60");

        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(60)), (options.DrainTime, options.LearningWindow));
    }

    [Theory]
    [InlineData("--drain-seconds", "86401", "--drain-seconds must be 0 to 86400, not 86401.")]
    [InlineData("--transition-seconds", "9", "--transition-seconds must be 10 to 7200, not 9.")]
    public void Parse_OutOfRange_SaysWhatIsInIt(string option, string value, string expected)
    {
        var command = new Command("controller");
        new FlowCommandOptions().AddTo(command);

        Assert.Equal(expected, Assert.Single(command.Parse([option, value]).Errors).Message);
    }

    private static ControllerOptions Apply(ControllerOptions options, params string[] arguments)
    {
        var flows = new FlowCommandOptions();
        var command = new Command("controller");
        flows.AddTo(command);
        return flows.Apply(command.Parse(arguments), options);
    }
}
