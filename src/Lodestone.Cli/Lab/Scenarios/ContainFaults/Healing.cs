using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.ContainFaults;

/// <summary>What is remembered of faults that are gone is forgotten in time.</summary>
internal sealed class Healing(ScenarioContext context, LabHost flapped, string contested)
{
    // Ends of a session count for five minutes.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say("waiting until contest and flaps are forgotten, two and five minutes after them");
                await findings.ExpectBalancerAsync(_site, contested, "AddressesUncontested", "True", "AddressesFree", cancellationToken);
                await WaitAsync(cancellationToken);
                await findings.ExpectSessionAsync(_site, flapped.Name, "Established", cancellationToken);
            },
            TimeSpan.FromSeconds(1),
            cancellationToken);
        context.Judge(figures, new StepRules { Name = "healed", Done = "conditions are waited for", Goal = "nothing named any more, nothing lost", Findings = findings });
    }

    /// <summary>The rest of the window, looked at now and then.</summary>
    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        for (long start = context.Time.GetTimestamp(); context.Time.GetElapsedTime(start) < Window; await Task.Delay(TimeSpan.FromSeconds(1), context.Time, cancellationToken))
        {
            if (await IsForgottenAsync(cancellationToken))
            {
                return;
            }
        }
    }

    private async Task<bool> IsForgottenAsync(CancellationToken cancellationToken) =>
        (await _site.Api.ListAsync<Api.Platform.BGPPeer>(new Client.Http.ListOptions(), cancellationToken))
            .SelectMany(peer => peer.Status?.Sessions ?? []).FirstOrDefault(session => session.Host == flapped.Name)?.Reason == "Established";
}
