using System.CommandLine;
using System.Globalization;

using Lodestone.Controllers;

namespace Lodestone.Cli.Commands;

/// <summary>What becomes of flows when targets change, of load balancers without a LoadBalancerPolicy that says it.</summary>
internal sealed class FlowCommandOptions
{
    private static readonly ControllerOptions Defaults = new();

    private readonly Option<int> _drain = Seconds(
        "--drain-seconds", "How long a target that left but lives keeps its flows, where no LoadBalancerPolicy says it.", 0, 86_400, Defaults.DrainTime);

    private readonly Option<int> _transition = Seconds(
        "--transition-seconds", "How long gateways learn after a change of targets which flow is whose, where no LoadBalancerPolicy says it.", 10, 7_200, Defaults.LearningWindow);

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_drain);
        command.Options.Add(_transition);
    }

    /// <summary>What the user said, in <paramref name="options"/>.</summary>
    public ControllerOptions Apply(ParseResult result, ControllerOptions options) => options with
    {
        DrainTime = TimeSpan.FromSeconds(result.GetValue(_drain)),
        LearningWindow = TimeSpan.FromSeconds(result.GetValue(_transition)),
    };

    private static Option<int> Seconds(string name, string description, int least, int most, TimeSpan initial)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "SECONDS",
            DefaultValueFactory = _ => (int)initial.TotalSeconds,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var seconds && (seconds < least || seconds > most))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be {least} to {most}, not {seconds}."));
            }
        });
        return option;
    }
}
