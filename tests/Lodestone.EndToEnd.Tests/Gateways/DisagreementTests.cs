using System.Diagnostics;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Client.Http;

namespace Lodestone.EndToEnd.Tests.Gateways;

/// <summary>Two gateways on two machines, which first do not share their flow hash key, then do.</summary>
[Collection(MachineCollection.Name)]
public sealed class DisagreementTests
{
    private const string Balancer = "loadbalancer-sample";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(75);

    [Fact]
    public async Task TwoGateways_OfDifferentKeysThenOfTheSame_DisagreeAndThenAgree()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, limit.Token, LodestoneProcess.Executable);
        await environment.StartServerAsync(limit.Token);
        await environment.IssueAgentCredentialsAsync(limit.Token);
        await environment.StartSecondGatewayAsync("other.key", limit.Token);
        using ApiClient api = environment.ConnectApi();
        await new ManifestApplier(environment.Lab, environment.Paths, api).ApplyAsync(DemoSamples.First, limit.Token);

        LoadBalancer differ = await WaitAsync(api, "gateways to disagree", lb => lb.Status?.State == "TablesDiffer", limit.Token);
        Condition told = differ.Status!.Conditions!.Find(c => c.Type == "GatewaysAgree")!;
        Assert.Equal("False", told.Status);
        Assert.Equal(2, Fingerprints(differ).Distinct().Count());
        Assert.All(Fingerprints(differ), fingerprint => Assert.Contains(fingerprint, told.Message, StringComparison.Ordinal));
        Assert.Contains("host-a", told.Message, StringComparison.Ordinal);
        Assert.Contains("host-b", told.Message, StringComparison.Ordinal);

        await environment.KillAsync("agent");
        await environment.StartSecondGatewayAsync(null, limit.Token);

        // While its lease has lapsed it isn't compared, and the others agree.
        LoadBalancer agree = await WaitAsync(
            api,
            "gateways to agree",
            lb => lb.Status?.Conditions?.Find(c => c.Type == "GatewaysAgree")?.Status == "True" && Fingerprints(lb) is { Length: 2 } told && told[0] == told[1],
            limit.Token);
        Assert.NotEqual("TablesDiffer", agree.Status!.State);

        string[] hosts = [];
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Limit && (hosts.Length != 2 || hosts[0] != hosts[1]);)
        {
            await Task.Delay(200, limit.Token);
            hosts = [.. (await api.ListAsync<Host>(new ListOptions(), limit.Token)).Select(host => host.Status?.TableFingerprint).OfType<string>()];
        }

        Assert.Equal(2, hosts.Length);
        Assert.Equal(hosts[0], hosts[1]);
    }

    private static string[] Fingerprints(LoadBalancer lb) => [.. lb.Status!.Gateways!.Select(g => g.TableFingerprint!)];

    private static async Task<LoadBalancer> WaitAsync(ApiClient api, string what, Func<LoadBalancer, bool> isThere, CancellationToken cancellationToken)
    {
        LoadBalancer? lb = null;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Limit;)
        {
            lb = await api.TryGetAsync<LoadBalancer>(new ObjectKey("default", Balancer), cancellationToken);
            if (lb is not null && isThere(lb))
            {
                return lb;
            }

            await Task.Delay(200, cancellationToken);
        }

        string entries = string.Join("; ", lb?.Status?.Gateways?.Select(g => $"{g.Name} {g.State} {g.ObservedGeneration}/{g.RingGeneration} {g.TableFingerprint}") ?? []);
        throw new TimeoutException($"Waited {Limit.TotalSeconds} s for {what}: {lb?.Status?.State}, {entries}");
    }
}
