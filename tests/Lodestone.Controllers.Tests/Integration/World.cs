using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Controllers.Tests.Clusters;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>A real API server, all controllers against it over TLS with the rights of their role, and ways to say what a test wants to see.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly Cluster _cluster;
    private readonly CancellationTokenSource _stop = new();
    private readonly ErrorLog _log = new();
    private readonly DeclarationCheck _check = new();
    private readonly ApiClient _controllerClient;
    private Task _controllers = Task.CompletedTask;

    private World(Cluster cluster)
    {
        _cluster = cluster;
        Client = new ApiClient(KubeConfig.Load(cluster.Kubeconfig));
        _controllerClient = cluster.Connect(_check);
    }

    /// <summary>The administrator's.</summary>
    internal ApiClient Client { get; }

    internal static async Task<World> StartAsync(ControllerOptions? options = null)
    {
        var world = new World(await Cluster.TakeAsync(TestContext.Current.CancellationToken));
        options ??= new ControllerOptions { AddressQuarantine = TimeSpan.FromMilliseconds(200) };
        world._controllers = ControllerManager.RunAsync(
            world._controllerClient, options with { Wrapper = world._check.Wrap }, world._log, TimeProvider.System, world._stop.Token);
        return world;
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
    internal async Task<T> SeesAsync<T>(string name, Func<T, bool> expected, string what, string ns = "default")
        where T : KubernetesObject
    {
        T? last = null;
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(15))
        {
            last = await FindAsync<T>(name, ns);
            if (last is not null && expected(last))
            {
                return last;
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        string json = last is null ? "absent" : System.Text.Json.JsonSerializer.Serialize(last, Lodestone.Api.Resources.ResourceDefinitions.Of<T>().TypeInfo);
        throw new Xunit.Sdk.XunitException($"not within 15 s: {what}; {typeof(T).Name} {name} is {json}");
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
    internal async Task<Event> EventAsync(string name, string reason)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            List<Event> events = await Client.ListAsync<Event>(new ListOptions(), TestContext.Current.CancellationToken);
            if (events.Find(e => e.InvolvedObject?.Name == name && e.Reason == reason) is { } found)
            {
                return found;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(15), $"no Event {reason} about {name}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _controllers;
        Client.Dispose();
        _controllerClient.Dispose();
        await _cluster.DisposeAsync();
        _stop.Dispose();

        // A reconcile that throws something unforeseen is tried again and may succeed: still a bug.
        Assert.Empty(_log.Errors);
        Assert.Empty(_check.Undeclared);
    }
}
