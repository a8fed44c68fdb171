using System.Collections.Concurrent;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab.Scenarios.ChangeBalancers;

/// <summary>A hundred load balancers a second are created, and as many deleted.</summary>
internal sealed class Churn(ScenarioContext context)
{
    private const int Rate = 100;
    private const int Writers = 64;
    private const string Label = "scenario";
    private const string Mark = "churn";

    // A load balancer is deleted so long after it was created.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GoneLimit = TimeSpan.FromMinutes(5);

    private readonly LabSite _site = context.Site;
    private readonly ConcurrentBag<string> _problems = [];
    private readonly HashSet<string> _addressed = [];
    private readonly HashSet<string> _ready = [];
    private int _created;
    private int _deleted;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan time = TimeSpan.FromSeconds(context.IsQuick ? 10 : 60);
        await _site.Api.CreateAsync(
            new AddressPool
            {
                Metadata = new ObjectMeta { Name = Mark },
                Spec = new AddressPoolSpec
                {
                    Addresses = ["198.18.0.0/16", "2001:db8:c0de::/112"],
                    LoadBalancerSelector = new LabelSelector { MatchLabels = new() { [Label] = Mark } },
                    Priority = 1,
                },
            },
            cancellationToken);
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"{Rate} load balancers a second are created, and deleted {Lifetime.TotalSeconds} s later, for {time.TotalSeconds} s");
                using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                Task counting = CountAsync(end.Token);
                long start = context.Time.GetTimestamp();
                await WriteAsync(time, cancellationToken);
                double seconds = (context.Time.GetElapsedTime(start) - Lifetime).TotalSeconds;
                findings.Add($"{_created / seconds:F0} creates and {_deleted / seconds:F0} deletes a second", $"{_created} created, {_deleted} deleted in {seconds:F1} s");
                if (_created / seconds < Rate * 0.95)
                {
                    findings.Miss($"{_created / seconds:F0} creates a second instead of {Rate}");
                }

                foreach (string problem in _problems.Distinct().Take(3))
                {
                    findings.Miss(problem);
                }

                long written = context.Time.GetTimestamp();
                await WaitUntilGoneAsync(findings, cancellationToken);
                findings.Add($"{_addressed.Count} had addresses and {_ready.Count} were Ready before they went; the last was gone {context.Time.GetElapsedTime(written).TotalSeconds:F1} s after its delete");
                await end.CancelAsync();
                await counting;
            },
            TimeSpan.FromSeconds(2),
            cancellationToken);
        await _site.Api.DeleteAsync<AddressPool>(new ObjectKey("", Mark), null, cancellationToken);
        context.Judge(figures, new StepRules
        {
            Name = "100 a second",
            Done = $"{Rate} load balancers a second are created and deleted for {time.TotalSeconds} s",
            Goal = $"{Rate} a second; others: nothing lost, resets 0",
            Findings = findings,
        });
        await context.RepairLoadAsync(cancellationToken);
    }

    /// <summary>Each operation has its time; a writer that is late goes on at once.</summary>
    private async Task WriteAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        int count = (int)(time.TotalSeconds * Rate);
        long start = context.Time.GetTimestamp();
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            async () =>
            {
                List<(int Number, TimeSpan DeleteAt)> own = [];
                while (Interlocked.Increment(ref next) is int number && number < count)
                {
                    await UntilAsync(TimeSpan.FromSeconds((double)number / Rate));
                    await DeleteDueAsync();
                    if (await TryAsync(() => _site.Api.CreateAsync(Balancer(number), cancellationToken)))
                    {
                        Interlocked.Increment(ref _created);
                        own.Add((number, context.Time.GetElapsedTime(start) + Lifetime));
                    }
                }

                // A delay may end a moment before its time.
                while (own.Count > 0)
                {
                    await UntilAsync(own[0].DeleteAt);
                    await DeleteDueAsync();
                }

                async Task DeleteDueAsync()
                {
                    while (own.Count > 0 && own[0].DeleteAt <= context.Time.GetElapsedTime(start))
                    {
                        int number = own[0].Number;
                        own.RemoveAt(0);
                        if (await TryAsync(() => _site.Api.DeleteAsync<LoadBalancer>(new ObjectKey(SitePlan.Namespace, NameOf(number)), null, cancellationToken)))
                        {
                            Interlocked.Increment(ref _deleted);
                        }
                    }
                }
            },
            cancellationToken)));

        async Task UntilAsync(TimeSpan at)
        {
            TimeSpan wait = at - context.Time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, context.Time, cancellationToken);
            }
        }
    }

    private async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
        {
            _problems.Add($"a write failed: {e.Message}");
            return false;
        }
    }

    /// <summary>Looks every second who is there: whoever is Ready for so long is seen.</summary>
    private async Task CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                List<LoadBalancer> there = await _site.Api.ListAsync<LoadBalancer>(new ListOptions { Namespace = SitePlan.Namespace, LabelSelector = $"{Label}={Mark}" }, cancellationToken);
                _addressed.UnionWith(there.Where(balancer => balancer.Status?.Ips is { Count: > 0 }).Select(balancer => balancer.Metadata.Name!));
                _ready.UnionWith(there.Where(balancer => balancer.Status?.State == "Ready").Select(balancer => balancer.Metadata.Name!));

                await Task.Delay(TimeSpan.FromSeconds(1), context.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // All are gone.
        }
    }

    private async Task WaitUntilGoneAsync(Findings findings, CancellationToken cancellationToken)
    {
        int left = 0;
        for (long start = context.Time.GetTimestamp(); context.Time.GetElapsedTime(start) < GoneLimit; await Task.Delay(TimeSpan.FromMilliseconds(500), context.Time, cancellationToken))
        {
            left = (await _site.Api.ListAsync<LoadBalancer>(new ListOptions { Namespace = SitePlan.Namespace, LabelSelector = $"{Label}={Mark}" }, cancellationToken)).Count;
            if (left == 0)
            {
                return;
            }
        }

        findings.Miss($"{left} deleted load balancers are there after {GoneLimit.TotalMinutes} min");
    }

    private static string NameOf(int number) => $"churn-{number}";

    private static LoadBalancer Balancer(int number)
    {
        LoadBalancer balancer = SiteObjects.Balancer(NameOf(number));
        balancer.Metadata.Labels = new() { [Label] = Mark };
        return balancer;
    }
}
