using System.Net.Sockets;

using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo.Report;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Cluster;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Terminal;
using Lodestone.Client.Http;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Cli.Demo;

/// <summary>The demo, from an empty machine to an empty machine.</summary>
/// <remarks>
/// 1. build the lab; 2. start server and agent; 3. apply the samples; 4. balance HTTP over both families; 5. change targets and kill
/// processes under long-lived connections; 6. clean up. A step that fails ends the demo, a promise that does not hold does not.
/// </remarks>
internal sealed class DemoRun(DemoOptions options, StepConsole console, TimeProvider time)
{
    private const string BalancerName = "loadbalancer-sample";
    private const string AddedTarget = "web-4";
    private const string RemovedTarget = "web-1";

    // Four to five times the standard deviation that random source ports alone make.
    private const double SpreadLimit = 0.20;
    private const double NewTargetShareTolerance = 0.05;

    private static readonly TimeSpan ApiLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan OutageLength = TimeSpan.FromSeconds(1);

    private readonly DemoPromises _promises = new(console);
    private readonly Dictionary<string, double> _seconds = [];
    private readonly List<OutageReport> _outages = [];
    private DemoReport _report = new() { Result = "failed" };

    /// <summary>Runs it. Whatever was made is gone afterwards, also after an exception, unless it is to be kept.</summary>
    public async Task<DemoReport> RunAsync(CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        DemoEnvironment? environment = null;
        try
        {
            environment = await BuildLabAsync(cancellationToken);
            await StartAsync(environment, cancellationToken);
            using ApiClient api = environment.ConnectApi();
            await using (var view = new ClusterView(api, console, time))
            {
                await UseAsync(environment, api, view, cancellationToken);
            }
        }
        catch (Exception e) when (e is CommandException or ApiException or HttpRequestException or TimeoutException or IOException or Linux.LinuxException)
        {
            _promises.Fail(e.Message);
        }
        finally
        {
            if (environment is not null)
            {
                await EndAsync(environment);
            }
        }

        _seconds["total"] = Seconds(time.GetElapsedTime(start));
        return _report with
        {
            Result = _promises.AllHeld ? "ok" : "failed",
            Failures = _promises.Failures,
            Outages = _outages,
            Seconds = _seconds,
        };
    }

    private async Task<DemoEnvironment> BuildLabAsync(CancellationToken cancellationToken)
    {
        using StepTimer timer = Step("lab", "A lab in network namespaces");
        foreach (string id in await DemoEnvironment.CleanUpLeftoversAsync(includeKept: false))
        {
            console.Event($"removed what was left of lab {id}");
        }

        DemoEnvironment environment = await DemoEnvironment.CreateAsync(new InlineProgress(console.Progress), time, options.Verbose, cancellationToken);
        console.Event($"lab {environment.Lab.Id}: a client and two machines on one L2 segment, workloads behind veths");
        foreach (LabHost host in (LabHost[])[environment.Lab.HostA, environment.Lab.HostB])
        {
            string workloads = string.Join(", ", environment.Lab.Workloads.Where(w => w.Host == host).Select(w => w.Name));
            console.Event($"{host.Name}  {host.Ipv4}, {host.Ipv6}  runs {workloads}");
        }

        return environment;
    }

    private async Task StartAsync(DemoEnvironment environment, CancellationToken cancellationToken)
    {
        using StepTimer timer = Step("start", "Processes: lodestone server on host-a, lodestone agent on host-b, an HTTP server in each workload");
        Task workloads = Task.WhenAll(environment.Lab.Workloads.Select(w => environment.StartWorkloadAsync(w, cancellationToken)));
        console.Progress("lodestone server starts");
        await environment.StartServerAsync(cancellationToken);
        console.Event("server ready: API server, controllers, agent of host-a");
        await environment.IssueAgentCredentialsAsync(cancellationToken);
        console.Progress("lodestone agent starts");
        await environment.StartAgentAsync(cancellationToken);
        console.Event("agent of host-b ready, over TLS with credentials of its own");
        await workloads;
        console.Event($"{environment.Lab.Workloads.Count} HTTP servers listen");
    }

    private async Task UseAsync(DemoEnvironment environment, ApiClient api, ClusterView view, CancellationToken cancellationToken)
    {
        var applier = new ManifestApplier(environment.Lab, environment.Paths, api);
        (IPAddress ipv4, IPAddress ipv6) = await ApplyAsync(environment, applier, view, cancellationToken);
        using var load = new RequestLoad(environment.ClientSockets, time);
        var measure = new DemoMeasure(load, ipv4, ipv6, time);
        (RequestTally over4, RequestTally over6) = await BalanceAsync(environment, measure, cancellationToken);
        await using var conversations = new ConversationPool();
        RequestTally afterChange = await ChangeAsync(environment, applier, view, measure, conversations, cancellationToken);
        await conversations.StopAsync();
        Conclude(environment, over4, over6, afterChange, conversations);
    }

    private async Task<(IPAddress Ipv4, IPAddress Ipv6)> ApplyAsync(DemoEnvironment environment, ManifestApplier applier, ClusterView view, CancellationToken cancellationToken)
    {
        using StepTimer timer = Step("apply", $"samples/loadbalancer-public, applied with {applier.Means}");
        await applier.ApplyAsync(DemoSamples.First, cancellationToken);
        await view.WaitAsync("allocating two addresses", v => v.Find<LoadBalancer>(BalancerName)?.Status?.Ips is { Count: 2 }, ApiLimit, cancellationToken);
        IPAddress[] vips = [.. view.Find<LoadBalancer>(BalancerName)!.Status!.Ips!.Select(IPAddress.Parse)];
        foreach (LabWorkload workload in environment.Lab.Workloads)
        {
            AddVips(workload, vips);
        }

        console.Event("workloads own the VIPs on their loopback");
        await view.WaitAsync("programming the load balancer", IsProgrammed, ApiLimit, cancellationToken);
        return (vips.Single(v => v.AddressFamily == AddressFamily.InterNetwork), vips.Single(v => v.AddressFamily == AddressFamily.InterNetworkV6));
    }

    private async Task<(RequestTally Over4, RequestTally Over6)> BalanceAsync(DemoEnvironment environment, DemoMeasure measure, CancellationToken cancellationToken)
    {
        using StepTimer timer = Step("balance", "HTTP from the client to the VIPs, every request over a new connection");
        string[] targets = [.. environment.Lab.Workloads.Select(w => w.Name)];
        (RequestTally over4, RequestTally over6) = await measure.SendAsync(options.Requests, cancellationToken);
        foreach ((string family, IPAddress vip, RequestTally tally) in (ReadOnlySpan<(string, IPAddress, RequestTally)>)[("IPv4", measure.Vips[0], over4), ("IPv6", measure.Vips[1], over6)])
        {
            DemoMeasure.Draw(console, $"{family}  {RequestLoad.UriOf(vip)}", tally, targets, name => HostOf(environment, name));
            Answered(tally, $"{family}: every request is answered");
            double spread = tally.SpreadOver(targets);
            _promises.Check(spread <= SpreadLimit, $"{family}: no target is more than {SpreadLimit:P0} from an equal share (worst {spread:P1})");
        }

        _report = _report with
        {
            Ipv4 = DemoMeasure.Report(measure.Vips[0], over4, targets),
            Ipv6 = DemoMeasure.Report(measure.Vips[1], over6, targets),
        };
        return (over4, over6);
    }

    /// <summary>Everything that happens while the long-lived connections exchange data.</summary>
    /// <returns>New connections at the end, when all changes are through.</returns>
    private async Task<RequestTally> ChangeAsync(
        DemoEnvironment environment, ManifestApplier applier, ClusterView view, DemoMeasure measure, ConversationPool conversations, CancellationToken cancellationToken)
    {
        using StepTimer timer = Step("change", $"Changes and crashes under {options.ConversationsPerFamily * 2} long-lived TCP connections that exchange data all the time");
        await conversations.StartAsync(environment.ClientSockets, measure.Vips, options.ConversationsPerFamily, time, cancellationToken);
        Tell(conversations, $"{conversations.Conversations.Count} connections talk: {Holders(environment, conversations)}");

        await AddTargetAsync(environment, applier, measure, cancellationToken);
        Tell(conversations, Alive(conversations));
        int removedGot = await RemoveTargetAsync(applier, measure, conversations, cancellationToken);
        Tell(conversations, Alive(conversations));

        await OutageAsync("agent of host-b", "agent", environment, environment.StartAgentAsync, measure, cancellationToken);
        await OutageAsync("server and agent of host-a (the gateway)", "server", environment, token => environment.StartServerAsync(token), measure, cancellationToken);
        await view.WaitAsync(
            "both hosts being ready again",
            v => v.All<Host>().Count(h => ObjectSummary.IsTrue(h.Status?.Conditions, "Ready")) == 2,
            ApiLimit,
            cancellationToken);
        string[] ips = [.. view.Find<LoadBalancer>(BalancerName)?.Status?.Ips ?? []];
        _promises.Check(
            measure.Vips.All(v => ips.Any(ip => IPAddress.Parse(ip).Equals(v))), $"the addresses are the same after the restarts: {string.Join(", ", ips)}");

        (RequestTally over4, RequestTally over6) = await measure.SendAsync(options.Requests / 2, cancellationToken);
        RequestTally afterChange = over4 + over6;
        string[] targets = [.. environment.Lab.Workloads.Select(w => w.Name).Where(n => n != RemovedTarget)];
        DemoMeasure.Draw(console, "Now  both families", afterChange, targets, name => HostOf(environment, name));
        Answered(afterChange, "after all that every request is answered");
        _report = _report with { RemovedTargetNewConnections = removedGot + afterChange.Of(RemovedTarget) };
        Tell(conversations, Alive(conversations));
        return afterChange;
    }

    private async Task AddTargetAsync(DemoEnvironment environment, ManifestApplier applier, DemoMeasure measure, CancellationToken cancellationToken)
    {
        LabWorkload workload = environment.Lab.AddWorkload(AddedTarget, environment.Lab.HostB);
        AddVips(workload, measure.Vips);
        await environment.StartWorkloadAsync(workload, cancellationToken);
        console.Event($"adding {AddedTarget} on {workload.Host.Name}");
        TimeSpan took = await measure.WaitForTargetAsync(
            AddedTarget, present: true, () => applier.ApplyAsync([DemoSamples.FourthTarget], cancellationToken), cancellationToken);
        (RequestTally over4, RequestTally over6) = await measure.SendAsync(options.Requests, cancellationToken);
        RequestTally tally = over4 + over6;
        double share = tally.ShareOf(AddedTarget);
        double ideal = 1.0 / environment.Lab.Workloads.Count;
        console.Event($"{AddedTarget} takes new connections, {took.TotalSeconds:F2} s after the command was typed");
        Answered(tally, "every request is answered while targets change");
        _promises.Check(
            Math.Abs(share - ideal) <= NewTargetShareTolerance, $"the new target gets its share of new connections: {share:P1} of {tally.Requests}, ideal {ideal:P1}");
        _report = _report with { NewTargetShare = Math.Round(share, 4) };
    }

    private async Task<int> RemoveTargetAsync(ManifestApplier applier, DemoMeasure measure, ConversationPool conversations, CancellationToken cancellationToken)
    {
        console.Event($"taking {RemovedTarget} away by its label; it lives on and keeps its {conversations.AliveTo(RemovedTarget)} connections");
        TimeSpan took = await measure.WaitForTargetAsync(
            RemovedTarget, present: false, () => applier.RemoveLabelAsync(RemovedTarget, "app", cancellationToken), cancellationToken);
        (RequestTally over4, RequestTally over6) = await measure.SendAsync(options.Requests / 2, cancellationToken);
        RequestTally tally = over4 + over6;
        console.Event($"{RemovedTarget} takes no new connections any more, {took.TotalSeconds:F2} s after the command was typed");
        Answered(tally, "every request is answered while targets drain");
        _promises.Check(tally.Of(RemovedTarget) == 0, $"the removed target gets no new connections: {tally.Of(RemovedTarget)} of {tally.Requests}");
        return tally.Of(RemovedTarget);
    }

    private async Task OutageAsync(
        string what, string process, DemoEnvironment environment, Func<CancellationToken, Task> restart, DemoMeasure measure, CancellationToken cancellationToken)
    {
        console.Event($"kill -9: {what}");
        await environment.KillAsync(process);
        long start = time.GetTimestamp();
        RequestTally tally = await measure.SendWhileAsync(RestartAsync(), cancellationToken);
        TimeSpan took = time.GetElapsedTime(start);
        console.Event($"started again and ready after {took.TotalSeconds:F2} s");
        Answered(tally, $"every request is answered without it");
        _outages.Add(new OutageReport { Process = what, Requests = tally.Requests, Failed = tally.Failures.Count, Seconds = Seconds(took) });

        async Task RestartAsync()
        {
            await Task.Delay(OutageLength, time, cancellationToken);
            await restart(cancellationToken);
        }
    }

    private void Conclude(DemoEnvironment environment, RequestTally over4, RequestTally over6, RequestTally afterChange, ConversationPool conversations)
    {
        foreach (Conversation broken in conversations.Broken.Take(5))
        {
            console.Line(console.Style.Bad(broken.Broken!));
        }

        TimeSpan longest = conversations.Conversations.Max(c => c.LongestWait);
        int count = conversations.Broken.Count();
        _promises.Check(
            count == 0, $"long-lived connections broken: {count} of {conversations.Conversations.Count} ({conversations.Exchanges:N0} messages, longest wait {longest.TotalMilliseconds:F0} ms)");
        _report = _report with
        {
            Connections = conversations.Conversations.Count,
            Exchanges = conversations.Exchanges,
            BrokenConnections = count,
            LongestWaitMilliseconds = Math.Round(longest.TotalMilliseconds, 1),
            PerTarget = [.. environment.Lab.Workloads.Select(w => new TargetReport
            {
                Name = w.Name,
                Host = w.Host.Name,
                Ipv4 = over4.Of(w.Name),
                Ipv6 = over6.Of(w.Name),
                NewConnectionsAfterChange = afterChange.Of(w.Name),
                Connections = conversations.AliveTo(w.Name),
            })],
        };
    }

    private async Task EndAsync(DemoEnvironment environment)
    {
        if (options.Keep)
        {
            environment.Keep();
            await environment.DisposeAsync();
            console.Step("Kept");
            KeptInstructions.Print(console, environment, _report);
            return;
        }

        using StepTimer timer = Step("cleanUp", "Clean up");
        await environment.DisposeAsync();
        string[] remains = [.. environment.Lab.FindRemains(), .. environment.Paths.FindRemains()];
        _promises.Check(
            remains.Length == 0, remains.Length == 0 ? "no process, namespace, map or file is left" : $"left behind: {string.Join(", ", remains)}");
    }

    private static bool IsProgrammed(ClusterView view) =>
        ObjectSummary.IsTrue(view.Find<LoadBalancer>(BalancerName)?.Status?.Conditions, "Programmed");

    private static void AddVips(LabWorkload workload, IEnumerable<IPAddress> vips)
    {
        foreach (IPAddress vip in vips)
        {
            NetworkLab.AddVip(workload, vip);
        }
    }

    private static string HostOf(DemoEnvironment environment, string workload) => environment.Lab.Workloads.First(w => w.Name == workload).Host.Name;

    private static string Holders(DemoEnvironment environment, ConversationPool conversations) =>
        string.Join(", ", environment.Lab.Workloads.Select(w => $"{conversations.AliveTo(w.Name)} with {w.Name}"));

    private static string Alive(ConversationPool conversations) =>
        $"{conversations.Conversations.Count - conversations.Broken.Count()} of {conversations.Conversations.Count} connections live, {conversations.Exchanges:N0} messages";

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 2);

    private void Tell(ConversationPool conversations, string text) => console.Event(conversations.Broken.Any() ? console.Style.Bad(text) : text);

    private void Answered(RequestTally tally, string promise) => _promises.Check(
        tally.Failures.Count == 0,
        tally.Failures.Count == 0 ? $"{promise} ({tally.Requests})" : $"{promise}: {tally.Failures.Count} of {tally.Requests} were not, first: {tally.Failures[0]}");

    private StepTimer Step(string name, string title)
    {
        console.Step(title);
        return new StepTimer(time, elapsed => _seconds[name] = Seconds(elapsed));
    }
}
