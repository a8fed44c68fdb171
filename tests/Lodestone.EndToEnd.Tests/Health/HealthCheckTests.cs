using System.Diagnostics;

using Lodestone.Agent.Trace;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.Datapath.Layout;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Health;

/// <summary>From API objects to packets: targets that fail leave the routing and come back, whatever they are checked by and however packets reach them.</summary>
[Collection(MachineCollection.Name)]
public sealed class HealthCheckTests
{
    private const string Direct = "direct";
    private const string Translated = "translated";
    private const string Datagrams = "datagrams";
    private const string Pings = "pings";
    private const string TranslatedPings = "translated-pings";

    /// <summary>Two checks a second apart, each at most a second; and machines that have much else to do.</summary>
    private static readonly TimeSpan Detection = TimeSpan.FromSeconds(3.2);

    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task HealthChecks_ServersThatFail_LeaveTheRoutingAndReturn()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        CancellationToken token = limit.Token;
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, token, LodestoneProcess.Executable);
        NetworkLab lab = environment.Lab;
        LabWorkload first = lab.Workloads[0];
        LabWorkload other = lab.Workloads[2];
        await environment.StartServerAsync(token);
        await environment.IssueAgentCredentialsAsync(token);
        await environment.StartAgentAsync(token);
        using ApiClient api = environment.ConnectApi();
        using var failing = new FailingServer(first.Namespace);
        using var steady = new FailingServer(other.Namespace);
        await CreateObjectsAsync(api, lab, token);

        // The workloads own the address of the one load balancer that delivers to it.
        IPAddress[] vips = await AddressesOfAsync(api, Direct, token);
        foreach (IPAddress vip in vips.Concat(await AddressesOfAsync(api, Pings, token)))
        {
            NetworkLab.AddVip(first, vip);
            NetworkLab.AddVip(other, vip);
        }

        string[] all = [Direct, Translated, Datagrams, Pings, TranslatedPings];
        await Task.WhenAll(all.Select(name => WaitForTargetsAsync(api, name, [first.Name, other.Name], isHealthy: true, token)));

        // TCP, the workload's own address: and new connections fail for no longer than it takes to find out.
        await using (var clients = new NewConnections(lab.Client.Namespace, vips, FailingServer.TcpPort))
        {
            await WaitAsync(() => Task.FromResult(clients.Succeeded > 20), () => $"{clients.Succeeded} connections, {clients.Failed} failures", token);
            Assert.Equal(0, clients.Failed);
            long stopped = Stopwatch.GetTimestamp();
            failing.StopTcp();
            await WaitForTargetsAsync(api, Direct, [other.Name], isHealthy: false, token);
            TimeSpan found = Stopwatch.GetElapsedTime(stopped);
            Assert.True(found < Detection + Slack, $"found after {found}");
            long succeeded = clients.Succeeded;
            await WaitAsync(() => Task.FromResult(clients.Succeeded > succeeded + 100), () => $"{clients.Succeeded} connections, {clients.Failed} failures", token);
            TimeSpan failed = Stopwatch.GetElapsedTime(stopped, clients.FailedAt);
            Assert.True(clients.Failed > 0 && failed < Detection + Slack, $"{clients.Failed} connections failed, the last after {failed}; found after {found}");
        }

        // A status, and a closed port, of workloads that know nothing of the address. The others' checks are untouched.
        failing.Status = 500;
        failing.StopUdp();
        await Task.WhenAll(
            WaitForTargetsAsync(api, Translated, [other.Name], isHealthy: false, token),
            WaitForTargetsAsync(api, Datagrams, [other.Name], isHealthy: false, token));
        NetworkInterface nic = await api.GetAsync<NetworkInterface>(new ObjectKey("default", first.Name), token);
        Assert.Contains(nic.Status!.Health!, health => health.LoadBalancer == Translated && health.Message!.EndsWith("answers with status 500", StringComparison.Ordinal));

        // A network stack that is deaf, whose servers others still reach by the checks of before.
        failing.AnswersPings = false;
        await Task.WhenAll(
            WaitForTargetsAsync(api, Pings, [other.Name], isHealthy: false, token),
            WaitForTargetsAsync(api, TranslatedPings, [other.Name], isHealthy: false, token));
        nic = await api.GetAsync<NetworkInterface>(new ObjectKey("default", first.Name), token);
        Assert.Equal(4, nic.Status!.Health!.Count(health => health.Message?.StartsWith("no answer from ICMP ", StringComparison.Ordinal) == true));

        // All of one load balancer: all count as healthy, and it is told.
        steady.StopTcp();
        await WaitForTargetsAsync(api, Direct, [first.Name, other.Name], isHealthy: null, token);
        await WaitForReasonAsync(api, Direct, "AllTargetsUnhealthy", token);

        failing.StartTcp();
        failing.StartUdp();
        failing.AnswersPings = true;
        failing.Status = 204;
        steady.StartTcp();
        await Task.WhenAll(all.Select(name => WaitForTargetsAsync(api, name, [first.Name, other.Name], isHealthy: true, token)));
        await WaitForReasonAsync(api, Direct, "TargetsAvailable", token);

        using PinnedDatapath datapath = PinnedDatapath.Open($"{environment.Paths.Pins}/host-a");
        Assert.NotEqual(0ul, datapath.ReadVerdictCounter(Verdict.Probe).Packets);
        Assert.NotEqual(0ul, datapath.ReadVerdictCounter(Verdict.ProbeReply).Packets);
        Assert.Equal(0ul, datapath.ReadVerdictCounter(Verdict.DropNicSpoofed).Packets);

        // With the last check goes what checks go by.
        foreach (string name in all)
        {
            await api.DeleteAsync<LoadBalancerPolicy>(new ObjectKey("default", name), null, token);
        }

        await WaitAsync(
            () => Task.FromResult(lab.HostA.Namespace.Run(() => !System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Any(device => device.Name == "lodestone-probe"))),
            () => "lodestone-probe is still there",
            token);
        await WaitAsync(
            async () => (await api.GetAsync<NetworkInterface>(new ObjectKey("default", first.Name), token)).Status?.Health is null,
            () => $"{first.Name} still has results",
            token);
    }

    private static async Task CreateObjectsAsync(ApiClient api, NetworkLab lab, CancellationToken token)
    {
        await CreateNetworkAsync(api, lab, lab.Workloads.Where(workload => workload.Name != "web-2"), lab.Workloads.Where(workload => workload.Name == "web-2"), token);
        await WaitForInterfacesAsync(api, token);
        (string Name, string Protocol, int Port, string? Delivery, HealthCheck Check)[] balancers =
        [
            (Direct, "TCP", FailingServer.TcpPort, null, new HealthCheck { Tcp = new TcpHealthCheck() }),
            (Translated, "TCP", FailingServer.HttpPort, "Translate", new HealthCheck { Http = new HttpHealthCheck { Path = "/healthz", ExpectedStatuses = ["200", "204-299"] } }),
            (Datagrams, "UDP", FailingServer.UdpPort, "Translate", new HealthCheck { Udp = new UdpHealthCheck() }),
            (Pings, "UDP", FailingServer.UdpPort, null, new HealthCheck { Icmp = new IcmpHealthCheck() }),
            (TranslatedPings, "UDP", FailingServer.UdpPort, "Translate", new HealthCheck { Icmp = new IcmpHealthCheck() }),
        ];
        foreach ((string name, string protocol, int port, string? delivery, HealthCheck check) in balancers)
        {
            check.IntervalSeconds = 1;
            check.TimeoutSeconds = 1;
            check.UnhealthyThreshold = 2;
            check.HealthyThreshold = 1;
            await api.CreateAsync(PolicyOf(name, new LoadBalancerPolicySpec { Delivery = delivery, HealthCheck = check }), token);
            await api.CreateAsync(PublicBalancer(name, new LoadBalancerPort { Protocol = protocol, Port = port }), token);
        }
    }

    private static async Task<IPAddress[]> AddressesOfAsync(ApiClient api, string name, CancellationToken token)
    {
        LoadBalancer lb = new();
        await WaitAsync(
            async () => (lb = await api.GetAsync<LoadBalancer>(new ObjectKey("default", name), token)).Status?.Ips?.Count == 2,
            () => $"{name} has {string.Join(", ", lb.Status?.Ips ?? [])}",
            token);
        return [.. lb.Status!.Ips!.Select(IPAddress.Parse)];
    }

    /// <summary>Until a routing has exactly these interfaces over both families, and what is known of all is so.</summary>
    private static async Task WaitForTargetsAsync(ApiClient api, string name, string[] targets, bool? isHealthy, CancellationToken token)
    {
        string seen = "";
        await WaitAsync(
            async () =>
            {
                LoadBalancerRouting? routing = await api.TryGetAsync<LoadBalancerRouting>(new ObjectKey("default", name), token);
                List<NetworkInterface> nics = await api.ListAsync<NetworkInterface>(new ListOptions(), token);
                string[] served = [.. (routing?.Destinations ?? []).Select(d => d.Name ?? "").Order(StringComparer.Ordinal)];
                string[] states = [.. nics.SelectMany(nic => nic.Status?.Health ?? []).Where(health => health.LoadBalancer == name).Select(health => $"{health.State} {health.Message}")];
                seen = $"{name}: destinations {string.Join(", ", served)}; {string.Join(", ", states)}";
                string[] wanted = [.. targets.Concat(targets).Order(StringComparer.Ordinal)];
                return served.SequenceEqual(wanted)
                    && states.Length == 4
                    && (isHealthy is null || states.All(state => state.StartsWith("Healthy", StringComparison.Ordinal)) == isHealthy);
            },
            () => seen,
            token);
    }

    private static async Task WaitForReasonAsync(ApiClient api, string name, string reason, CancellationToken token)
    {
        string seen = "";
        await WaitAsync(
            async () =>
            {
                LoadBalancer lb = await api.GetAsync<LoadBalancer>(new ObjectKey("default", name), token);
                Condition? ready = lb.Status?.Conditions?.Find(condition => condition.Type == "TargetsReady");
                seen = $"{name}: {ready?.Reason} {ready?.Message}";
                return ready?.Reason == reason;
            },
            () => seen,
            token);
    }
}
