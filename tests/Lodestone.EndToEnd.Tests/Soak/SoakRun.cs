using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

using Lodestone.Agent.Apply;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Bpf;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Cluster;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Terminal;
using Lodestone.Client.Http;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Soak;

/// <summary>The demo's lab with six targets, under traffic of every kind over both families, while everything changes that may change.</summary>
internal sealed class SoakRun(TimeSpan length, Action<string> progress) : IAsyncDisposable
{
    private const string Balancer = "loadbalancer-sample";
    private const int ConversationsPerVip = 15;
    private const int LeastTargets = 2;

    private static readonly TimeSpan BetweenChanges = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ApiLimit = TimeSpan.FromSeconds(30);
    private static readonly string[] Names = ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6"];

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Random _random = new(20261129);
    private readonly SortedSet<string> _members = new(Names, StringComparer.Ordinal);
    private readonly SequenceTraffic _sequences = new();
    private readonly ConversationPool _conversations = new();
    private readonly List<Socket> _listeners = [];
    private readonly Dictionary<string, int> _changes = [];
    private DemoEnvironment? _environment;

    private DemoEnvironment Environment => _environment ?? throw new InvalidOperationException("The soak has not been started.");

    /// <summary>Runs it.</summary>
    /// <returns>What went wrong, and what there was of each kind.</returns>
    public async Task<(IReadOnlyList<string> Failures, string Summary)> RunAsync(CancellationToken cancellationToken)
    {
        _environment = await DemoEnvironment.CreateAsync(new InlineProgress(_ => { }), _time, verbose: false, cancellationToken, LodestoneProcess.Executable);
        IPAddress[] vips = await StartAsync(cancellationToken);
        using var stop = new CancellationTokenSource();
        using var load = new RequestLoad(Environment.ClientSockets, _time);
        BulkStream[] bulk = [.. vips.Select(_ => new BulkStream())];
        await _conversations.StartAsync(Environment.ClientSockets, vips, ConversationsPerVip, _time, cancellationToken);
        _sequences.Start(Environment.Lab, vips);
        Task[] streams = [.. bulk.Select((stream, i) => stream.RunAsync(Environment.Lab.Client.Namespace, vips[i], stop.Token))];
        Task changes = ChangeAsync(bulk, cancellationToken);
        RequestTally[] tallies = await Task.WhenAll(vips.Select(vip => load.SendWhileAsync(vip, 1, changes, cancellationToken)));
        await changes;
        await stop.CancelAsync();
        await Task.WhenAll(streams);
        await _sequences.StopAsync();
        await _conversations.StopAsync();

        RequestTally requests = tallies[0] + tallies[1];
        List<string> failures =
        [
            .. requests.Failures,
            .. _conversations.Broken.Select(c => c.Broken!),
            .. bulk.Select(b => b.Broken).OfType<string>(),
            .. Flows.Where(f => f.Missing > 0).Select(f => $"{f.Name} ({f.Target}): {f.Missing} of {f.Sent} packets lost"),
            .. Flows.Select(f => f.Moved).OfType<string>(),
        ];
        return (failures, Summary(requests, bulk));
    }

    public async ValueTask DisposeAsync()
    {
        _listeners.ForEach(l => l.Dispose());
        await _sequences.DisposeAsync();
        await _conversations.DisposeAsync();
        if (_environment is not null)
        {
            await _environment.DisposeAsync();
        }
    }

    private IEnumerable<SequenceFlow> Flows => _sequences.Udp.Concat(_sequences.Sctps);

    private async Task<IPAddress[]> StartAsync(CancellationToken cancellationToken)
    {
        NetworkLab lab = Environment.Lab;
        foreach (string name in Names[3..])
        {
            _ = lab.AddWorkload(name, name == "web-4" ? lab.HostA : lab.HostB);
        }

        Task workloads = Task.WhenAll(lab.Workloads.Select(w => Environment.StartWorkloadAsync(w, cancellationToken)));
        await Environment.StartServerAsync(cancellationToken);
        await Environment.IssueAgentCredentialsAsync(cancellationToken);
        await Environment.StartAgentAsync(cancellationToken);
        await workloads;
        using ApiClient api = Environment.ConnectApi();
        await new ManifestApplier(lab, Environment.Paths, api).ApplyAsync(DemoSamples.First, cancellationToken);
        foreach (string name in Names[3..])
        {
            _ = await api.CreateAsync(InterfaceOf(lab.Workloads.Single(w => w.Name == name)), cancellationToken);
        }

        await PatchAsync<LoadBalancer>(
            api,
            Balancer,
            $$$"""{"spec":{"ports":[{"port":80},{"port":{{{BulkStream.Port}}}},{"protocol":"UDP","port":{{{SequenceTraffic.UdpPort}}}},{"protocol":"SCTP","port":{{{SequenceTraffic.SctpPort}}}}]} }""",
            cancellationToken);
        await using var view = new ClusterView(api, new StepConsole(TextWriter.Null, Style.For(true), isTerminal: false, _time), _time);
        await view.WaitAsync("two addresses", v => v.Find<LoadBalancer>(Balancer)?.Status?.Ips is { Count: 2 }, ApiLimit, cancellationToken);
        IPAddress[] vips = [.. view.Find<LoadBalancer>(Balancer)!.Status!.Ips!.Select(IPAddress.Parse)];
        foreach (LabWorkload workload in lab.Workloads)
        {
            Array.ForEach(vips, vip => NetworkLab.AddVip(workload, vip));
            _sequences.Listen(workload, vips);
            _listeners.Add(BulkStream.Listen(workload));
        }

        await view.WaitAsync("six targets", v => v.Find<LoadBalancerRouting>(Balancer)?.Destinations is { Count: >= 6 }, ApiLimit, cancellationToken);
        await view.WaitAsync(
            "the load balancer's data path",
            v => ObjectSummary.IsTrue(v.Find<LoadBalancer>(Balancer)?.Status?.Conditions, "Programmed") && v.All<Host>().Count() == 2,
            ApiLimit,
            cancellationToken);

        // The gateway has the routing in its maps a moment after the API has it.
        await Task.Delay(BetweenChanges, _time, cancellationToken);
        return vips;
    }

    private static NetworkInterface InterfaceOf(LabWorkload workload) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = workload.Name, Labels = new Dictionary<string, string> { ["app"] = "web" } },
        Spec = new NetworkInterfaceSpec
        {
            ProviderID = workload.ProviderId,
            NetworkRef = new LocalObjectReference { Name = "network-sample" },
            IpFamilies = ["IPv4", "IPv6"],
            Ips = [new IpSource { Value = workload.Ipv4.ToString() }, new IpSource { Value = workload.Ipv6.ToString() }],
        },
    };

    /// <summary>One change after the other until the time is up, beginning with one of each kind.</summary>
    private async Task ChangeAsync(BulkStream[] bulk, CancellationToken cancellationToken)
    {
        string[] kinds = ["leave", "kill agent", "return", "replace programs", "leave", "kill server", "return"];
        long start = Stopwatch.GetTimestamp(), told = start;
        for (int i = 0; Stopwatch.GetElapsedTime(start) < length; i++)
        {
            // Targets come and go more often than processes die.
            string kind = i < kinds.Length ? kinds[i] : _random.Next(3) == 0 ? kinds[_random.Next(kinds.Length)] : i % 2 == 0 ? "leave" : "return";
            await Task.Delay(BetweenChanges, _time, cancellationToken);
            if (await ChangeAsync(kind, cancellationToken))
            {
                _changes[kind] = _changes.GetValueOrDefault(kind) + 1;
            }

            if (Stopwatch.GetElapsedTime(told) > TimeSpan.FromSeconds(10))
            {
                told = Stopwatch.GetTimestamp();
                progress($"soak: {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} of {length.TotalSeconds:F0} s; {Summary(null, bulk)}");
            }
        }
    }

    private async Task<bool> ChangeAsync(string kind, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case "leave" when _members.Count > LeastTargets:
                string leaving = _members.ElementAt(_random.Next(_members.Count));
                _members.Remove(leaving);
                await LabelAsync(leaving, "null", cancellationToken);
                return true;
            case "return" when _members.Count < Names.Length:
                string coming = Names.Except(_members).ElementAt(_random.Next(Names.Length - _members.Count));
                _members.Add(coming);
                await LabelAsync(coming, "\"web\"", cancellationToken);
                return true;
            case "kill agent":
                await Environment.KillAsync("agent");
                await Environment.StartAgentAsync(cancellationToken);
                return true;
            case "kill server":
                await Environment.KillAsync("server");
                await Environment.StartServerAsync(cancellationToken);
                return true;
            case "replace programs":
                foreach (LabHost host in (LabHost[])[Environment.Lab.HostA, Environment.Lab.HostB])
                {
                    ReplacePrograms($"{Environment.Paths.Pins}/{host.Name}");
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>What an upgrade does: programs loaded anew over the maps that are there, put in place of those that run.</summary>
    private static void ReplacePrograms(string pins)
    {
        using BpfObject loaded = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
        {
            // The one set that serves: a second one would begin empty.
            PinDirectory = Directory.GetDirectories(Path.Combine(pins, "sets")).Single(),
            MapSizes = KernelDatapathMaps.SizesOf(new DatapathCapacities()),
        });
        string links = Path.Combine(pins, "links");
        string atUplinkTc = File.Exists(Path.Combine(links, "uplink-xdp")) ? "lodestone_up" : "lodestone_tc";
        foreach (string path in Directory.GetFiles(links))
        {
            using BpfLink link = BpfLink.OpenPinned(path);
            string program = Path.GetFileName(path) switch { "uplink-xdp" => "lodestone_xdp", "uplink-tc" => atUplinkTc, _ => "lodestone_nic" };
            link.Update(loaded.Programs[program]);
        }
    }

    private async Task LabelAsync(string name, string value, CancellationToken cancellationToken)
    {
        using ApiClient api = Environment.ConnectApi();
        await PatchAsync<NetworkInterface>(api, name, $$$"""{"metadata":{"labels":{"app":{{{value}}} } } }""", cancellationToken);
    }

    private static async Task PatchAsync<T>(ApiClient api, string name, string patch, CancellationToken cancellationToken)
        where T : KubernetesObject =>
        _ = await api.PatchAsync<T>(new ObjectKey("default", name), PatchType.Merge, Encoding.UTF8.GetBytes(patch), cancellationToken);

    private string Summary(RequestTally? requests, BulkStream[] bulk) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(requests is null ? string.Empty : $"{requests.Requests:N0} new connections ({requests.Failures.Count} failed), ")}"
        + $"{_conversations.Exchanges:N0} messages on {_conversations.Conversations.Count} kept ones ({_conversations.Broken.Count()} broken), "
        + $"{bulk.Sum(b => b.Sent) / 1_000_000:N0} MB in bulk ({bulk.Count(b => b.Broken is not null)} broken), "
        + $"UDP {_sequences.Udp.Sum(f => f.Sent):N0} ({_sequences.Udp.Sum(f => f.Missing)} lost or under way), SCTP {_sequences.Sctps.Sum(f => f.Sent):N0} ({_sequences.Sctps.Sum(f => f.Missing)}); "
        + $"changes: {string.Join(", ", _changes.Select(c => $"{c.Value} {c.Key}"))}");
}
