using System.CommandLine;
using System.Globalization;

using Lodestone.Controllers;

namespace Lodestone.Cli.Commands;

/// <summary>The options about the Lease that decides which of several controllers works; names and defaults as in Kubernetes' own controllers.</summary>
internal sealed class LeaderElectionCommandOptions
{
    private const int MaxSeconds = 3600;

    private static readonly ControllerOptions Defaults = new();

    private readonly Option<int> _duration = Seconds("--lease-duration", "Seconds after its last renewal at which a leader's Lease lapses.", Defaults.LeaseDuration);
    private readonly Option<int> _deadline = Seconds("--renew-deadline", "Seconds without a renewal after which a leader stops; less than --lease-duration.", Defaults.RenewDeadline);
    private readonly Option<int> _retry = Seconds("--retry-period", "Seconds between two renewals, or two attempts; less than --renew-deadline.", Defaults.RetryPeriod);

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_duration);
        command.Options.Add(_deadline);
        command.Options.Add(_retry);
    }

    /// <summary>What the user said, in <paramref name="options"/>.</summary>
    /// <exception cref="CommandException">The times don't fit together.</exception>
    public ControllerOptions Apply(ParseResult result, ControllerOptions options)
    {
        int duration = result.GetValue(_duration);
        int deadline = result.GetValue(_deadline);
        int retry = result.GetValue(_retry);
        if (duration <= deadline)
        {
            throw new CommandException(
                string.Create(CultureInfo.InvariantCulture, $"--lease-duration {duration} must be more than --renew-deadline {deadline}: a leader has to stop before another may begin."),
                ExitCodes.Usage);
        }

        if (deadline < retry * 1.2)
        {
            throw new CommandException(
                string.Create(CultureInfo.InvariantCulture, $"--renew-deadline {deadline} must be at least 1.2 times --retry-period {retry}: a renewal that fails needs a second attempt."),
                ExitCodes.Usage);
        }

        return options with
        {
            LeaseDuration = TimeSpan.FromSeconds(duration),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };
    }

    private static Option<int> Seconds(string name, string description, TimeSpan initial)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "SECONDS",
            DefaultValueFactory = _ => (int)initial.TotalSeconds,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxSeconds)
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be 1 to {MaxSeconds}."));
            }
        });
        return option;
    }
}
