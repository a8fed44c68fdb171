using Lodestone.Api.BuiltIn;
using Lodestone.Api.Cluster;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Controllers.Tests.Clusters;
using Lodestone.Controllers.Tests.Documentation;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>A real API server, all controllers against it over TLS with the rights of their role, and ways to say what a test wants to see.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly Cluster _cluster;
    private readonly ErrorLog _log = new();
    private readonly List<(ApiClient Client, DeclarationCheck Check)> _connections = [];
    private readonly List<string> _undeclared = [];
    private readonly List<Task> _controllers = [];
    private CancellationTokenSource _stop = new();

    private readonly bool _hasServices;

    private World(Cluster cluster, bool hasServices)
    {
        _cluster = cluster;
        _hasServices = hasServices;
        Client = new ApiClient(KubeConfig.Load(cluster.Kubeconfig));
    }

    /// <summary>The administrator's.</summary>
    internal ApiClient Client { get; }

    /// <param name="options">Policy of the controllers; null: an address rests for 200 ms only.</param>
    /// <param name="processes">How many sets of controllers run from the start, side by side, without leader election.</param>
    /// <param name="withServices">Whether the server serves Services and what belongs to them, as clusters from 1.21 on do.</param>
    internal static async Task<World> StartAsync(ControllerOptions? options = null, int processes = 1, bool withServices = false)
    {
        var world = new World(await Cluster.TakeAsync(TestContext.Current.CancellationToken, withServices), withServices);
        world.StartControllers(options, processes);
        return world;
    }

    /// <summary>A client of a machine's agent; it has an agent's rights where agents are told apart.</summary>
    internal ApiClient ConnectAgent(string host) => _cluster.Connect(_cluster.Agent(host));

    /// <summary>Whether one cluster serves all tests: it is slower, and what a test fills has to be emptied again.</summary>
    internal static bool IsShared => SharedCluster.IsWanted;

    /// <summary>Deletes a namespace with what is in it.</summary>
    internal Task DeleteNamespaceAsync(string name) => _cluster.DeleteNamespaceAsync(name, TestContext.Current.CancellationToken);

    /// <summary>Has more sets of controllers run beside those that do, with empty caches and without leader election.</summary>
    internal void StartControllers(ControllerOptions? options = null, int processes = 1)
    {
        options ??= new ControllerOptions { AddressQuarantine = TimeSpan.FromMilliseconds(200) };
        for (int i = 0; i < processes; i++)
        {
            var check = new DeclarationCheck();
            ApiClient client = _cluster.Connect(_cluster.Controllers, check);
            _connections.Add((client, check));
            _controllers.Add(ControllerManager.RunAsync(client, options with { Wrapper = check.Wrap }, _log, TimeProvider.System, _stop.Token));
        }
    }

    /// <summary>Stops all controllers amid whatever they write.</summary>
    internal async Task StopControllersAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_controllers);
        _controllers.Clear();
        foreach ((ApiClient client, DeclarationCheck check) in _connections)
        {
            client.Dispose();
            _undeclared.AddRange(check.Undeclared);
        }

        _connections.Clear();
        _stop.Dispose();
        _stop = new CancellationTokenSource();
    }

    internal async Task<T> CreateAsync<T>(T item)
        where T : KubernetesObject => await Client.CreateAsync(item, TestContext.Current.CancellationToken);

    internal Task<LoadBalancer> LoadBalancerAsync(string name, Action<LoadBalancer>? change = null)
    {
        var lb = new LoadBalancer
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new LoadBalancerSpec
            {
                Type = "Public",
                IpFamilies = ["IPv4", "IPv6"],
                NetworkRef = new LocalObjectReference { Name = "net" },
                NetworkInterfaceSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = "web" } },
                Ports = [new LoadBalancerPort { Protocol = "TCP", Port = 80 }],
            },
        };
        change?.Invoke(lb);
        return CreateAsync(lb);
    }

    internal Task<Network> NetworkAsync(string name = "net") =>
        CreateAsync(new Network { Metadata = new ObjectMeta { Namespace = "default", Name = name } });

    internal Task<Prefix> PrefixAsync(string name, Action<Prefix> change)
    {
        var prefix = new Prefix { Metadata = new ObjectMeta { Namespace = "default", Name = name } };
        change(prefix);
        return CreateAsync(prefix);
    }

    /// <summary>A policy for a load balancer.</summary>
    internal Task<LoadBalancerPolicy> PolicyAsync(string name, string lb, Action<LoadBalancerPolicySpec>? change = null)
    {
        var policy = new LoadBalancerPolicy
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new LoadBalancerPolicySpec { LoadBalancerRef = new LocalObjectReference { Name = lb } },
        };
        change?.Invoke(policy.Spec);
        return CreateAsync(policy);
    }

    internal Task<AddressPool> PoolAsync(string name, params string[] addresses) => CreateAsync(new AddressPool
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new AddressPoolSpec { Addresses = [.. addresses] },
    });

    /// <summary>An interface as its agent leaves it: bound to a device and Available.</summary>
    internal async Task<NetworkInterface> InterfaceAsync(string name, string[] ips, string app = "web", string host = "host-a")
    {
        NetworkInterface nic = await CreateAsync(new NetworkInterface
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name, Labels = new Dictionary<string, string> { ["app"] = app } },
            Spec = new NetworkInterfaceSpec
            {
                ProviderID = $"lodestone://{host}/{name}",
                NetworkRef = new LocalObjectReference { Name = "net" },
                Ips = [.. ips.Select(i => new IpSource { Value = i })],
            },
        });
        return (await Client.UpdateStatusAsync(
            nic,
            n => n.Status = new NetworkInterfaceStatus { State = "Available", Ips = [.. ips] },
            TestContext.Current.CancellationToken))!;
    }

    internal Task<T?> FindAsync<T>(string name, string ns = "default")
        where T : KubernetesObject => Client.TryGetAsync<T>(new ObjectKey(ns, name), TestContext.Current.CancellationToken);

    /// <summary>Waits until the object is as expected; null stands for absent.</summary>
    internal async Task<T> SeesAsync<T>(string name, Func<T, bool> expected, string what, string ns = "default", int seconds = 15)
        where T : KubernetesObject
    {
        T? last = null;
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds))
        {
            last = await FindAsync<T>(name, ns);
            if (last is not null && expected(last))
            {
                return last;
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        string json = last is null ? "absent" : System.Text.Json.JsonSerializer.Serialize(last, Lodestone.Api.Resources.ResourceDefinitions.Of<T>().TypeInfo);
        throw new Xunit.Sdk.XunitException($"not within {seconds} s: {what}; {typeof(T).Name} {name} is {json}");
    }

    /// <summary>Waits until the objects of a kind are as expected, longer than for a single one.</summary>
    internal async Task<List<T>> SeesAllAsync<T>(Func<List<T>, bool> expected, string what)
        where T : KubernetesObject
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            List<T> all = await Client.ListAsync<T>(new ListOptions(), TestContext.Current.CancellationToken);
            if (expected(all))
            {
                return all;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(5), $"not within 5 min: {what}");
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
    }

    internal async Task GoneAsync<T>(string name, string ns = "default")
        where T : KubernetesObject
    {
        long started = TimeProvider.System.GetTimestamp();
        while (await FindAsync<T>(name, ns) is not null)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(15), $"{typeof(T).Name} {name} is still there");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for an Event with this reason about the object.</summary>
    internal async Task<Event> EventAsync(string name, string reason, Func<Event, bool>? expected = null)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            List<Event> events = await Client.ListAsync<Event>(new ListOptions(), TestContext.Current.CancellationToken);
            if (events.Find(e => e.InvolvedObject?.Name == name && e.Reason == reason && expected?.Invoke(e) != false) is { } found)
            {
                return found;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(15), $"no Event {reason} about {name}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopControllersAsync();
        string[] undocumented = [
            .. await FindUndocumentedAsync<LoadBalancer>(l => l.Status?.Conditions),
            .. await FindUndocumentedAsync<Network>(n => n.Status?.Conditions),
            .. await FindUndocumentedAsync<NetworkInterface>(n => n.Status?.Conditions),
            .. await FindUndocumentedAsync<Host>(h => h.Status?.Conditions),
            .. await FindUndocumentedAsync<Prefix>(p => p.Status?.Conditions),
            .. await FindUndocumentedAsync<PrefixAllocation>(a => a.Status?.Conditions),
            .. await FindUndocumentedAsync<AddressPool>(p => p.Status?.Conditions),
            .. await FindUndocumentedAsync<LoadBalancerPolicy>(p => p.Status?.Conditions),
            .. _hasServices ? await FindUndocumentedAsync<Service>(s => s.Status?.Conditions) : []];
        Client.Dispose();
        await _cluster.DisposeAsync();
        _stop.Dispose();

        // A reconcile that throws something unforeseen is tried again and may succeed: still a bug.
        Assert.Empty(_log.Errors);
        Assert.Empty(_undeclared);
        Assert.True(undocumented.Length == 0, $"conditions that docs/api/conditions.md does not have: {string.Join(", ", undocumented)}");
    }

    private async Task<IEnumerable<string>> FindUndocumentedAsync<T>(Func<T, List<Condition>?> conditions)
        where T : KubernetesObject
    {
        string kind = typeof(T).Name;
        List<T> all = await Client.ListAsync<T>(new ListOptions(), CancellationToken.None);
        return all
            .SelectMany(item => conditions(item) ?? [])
            .Where(c => !ConditionsPage.Instance.Has(kind, c.Type, c.Reason, c.Status))
            .Select(c => $"{kind} {c.Type} {c.Status} {c.Reason}")
            .Distinct();
    }
}
