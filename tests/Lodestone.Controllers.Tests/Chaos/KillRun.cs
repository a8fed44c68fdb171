using System.Globalization;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.ApiServer;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Client.Leases;
using Lodestone.Controllers.Tests.Integration;
using Xunit;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>One API server, two controllers of which one leads, users who create and delete all the time, and somebody who kills whoever leads.</summary>
internal sealed class KillRun : IAsyncDisposable
{
    private const int MostLoadBalancers = 16;
    private const int MostNetworks = 8;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(15);

    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-kills-").FullName;
    private readonly LodestoneApiServer _server;
    private readonly ErrorLog _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _quiet = new();
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly int _wanted;
    private readonly List<FaultPlan> _plans = [];
    private readonly List<Task> _tasks = [];
    private readonly List<string> _balancers = [];
    private readonly List<string> _networks = [];
    private ApiClient _client = null!;
    private AllocationWatch _watch = null!;
    private Task _users = Task.CompletedTask;
    private int _kills;
    private int _stops;

    private KillRun(int seed, int kills)
    {
        _random = new Random(seed);
        _wanted = kills;
        _server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory });
    }

    internal int Kills => Volatile.Read(ref _kills);

    internal int Stops => Volatile.Read(ref _stops);

    internal AllocationWatch Watch => _watch;

    internal static async Task<KillRun> StartAsync(int seed, int kills, CancellationToken cancellationToken)
    {
        var run = new KillRun(seed, kills);
        await run._server.StartAsync(cancellationToken);
        run._client = new ApiClient(KubeConfig.Load(run._server.KubeconfigPath));
        run._watch = new AllocationWatch(run._client);
        await run._client.CreateAsync(
            new AddressPool { Metadata = new ObjectMeta { Name = "pool" }, Spec = new AddressPoolSpec { Addresses = ["203.0.113.0/27"] } }, cancellationToken);
        run._tasks.Add(run._watch.RunAsync(run._stop.Token));
        run._tasks.Add(run.LiveAsync());
        run._tasks.Add(run.LiveAsync());
        run._users = run.UseAsync(run._quiet.Token);
        return run;
    }

    /// <summary>Goes on until all kills are done, then lets everything come to rest. Fails as soon as something is had by two.</summary>
    internal async Task RunAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        await UntilAsync(
            () =>
            {
                Assert.Empty(_watch.Violations);
                return Task.FromResult<string?>(Kills >= _wanted ? null : $"{Kills} of {_wanted} kills");
            },
            limit,
            cancellationToken);
        lock (_lock)
        {
            _plans.ForEach(p => p.Calm());
        }

        await _quiet.CancelAsync();
        await _users;
        await SettleAsync(cancellationToken);
        await UntilAsync(() => AllocationWatch.UnrestAsync(_client, waitForQuarantine: true, cancellationToken), TimeSpan.FromSeconds(60), cancellationToken);
        Assert.Empty(_watch.Violations);
        Assert.DoesNotContain(_log.Errors, e => !e.Contains("injected", StringComparison.Ordinal));
    }

    internal async Task<int> TransitionsAsync(CancellationToken cancellationToken) =>
        (await _client.GetAsync<Lease>(new ObjectKey(LeaseOptions.SystemNamespace, "lodestone-controllers"), cancellationToken)).Spec?.LeaseTransitions ?? 0;

    public async ValueTask DisposeAsync()
    {
        await _quiet.CancelAsync();
        await _users;
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks);
        _client.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
        _quiet.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Calls until it returns null; fails with what it said last.</summary>
    private static async Task UntilAsync(Func<Task<string?>> isMissing, TimeSpan limit, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (await isMissing() is { } missing)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < limit, $"not within {limit.TotalSeconds} s: {missing}");
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>A controller, and another one when it has died. Most die at one of their writes; some are told to stop.</summary>
    private async Task LiveAsync()
    {
        var config = KubeConfig.Load(_server.KubeconfigPath);
        while (!_stop.IsCancellationRequested)
        {
            using var life = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            FaultPlan plan = NextPlan(life);
            using var injector = new FaultInjector(HttpHandlers.Create(config, TimeProvider.System), plan, () =>
            {
                Interlocked.Increment(ref _kills);
                life.Cancel();
            });
            using var client = new ApiClient(injector, config.Server);
            await ControllerManager.RunAsync(client, Options(), _log, TimeProvider.System, life.Token);
            await injector.Late;
        }
    }

    private FaultPlan NextPlan(CancellationTokenSource life)
    {
        lock (_lock)
        {
            bool isStopped = _random.Next(8) == 0;
            FaultPlan plan = isStopped || Kills >= _wanted
                ? new FaultPlan(_random.Next(), 0)
                : new FaultPlan(_random.Next(), 0, _random.Next(1, 60), _random.Next(2) == 0, _random.Next(3) == 0 ? TimeSpan.FromMilliseconds(_random.Next(50, 2500)) : TimeSpan.Zero);
            if (isStopped && Kills < _wanted)
            {
                _stops++;
                life.CancelAfter(_random.Next(500, 3000));
            }

            _plans.Add(plan);
            return plan;
        }
    }

    private static ControllerOptions Options() => new()
    {
        Identity = LeaseOptions.NewIdentity(),
        LeaderElection = true,
        LeaseDuration = TimeSpan.FromSeconds(1),
        RenewDeadline = TimeSpan.FromSeconds(0.8),
        RetryPeriod = TimeSpan.FromSeconds(0.2),
        AddressQuarantine = TimeSpan.FromMilliseconds(100),
        MinVni = 200,
        MaxVni = 215,
        Informers = new InformerOptions { MinBackoff = TimeSpan.FromMilliseconds(10), MaxBackoff = TimeSpan.FromMilliseconds(200) },
    };

    /// <summary>Creates and deletes, in a world so small that addresses and VNIs go from hand to hand.</summary>
    private async Task UseAsync(CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(Pace, TimeProvider.System);
        var random = new Random(_wanted);
        int number = 0;
        try
        {
            while (await pace.WaitForNextTickAsync(cancellationToken))
            {
                await UseOnceAsync(random, (++number).ToString("x", CultureInfo.InvariantCulture));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Enough.
        }
    }

    private async Task UseOnceAsync(Random random, string number)
    {
        CancellationToken token = CancellationToken.None;
        switch (random.Next(6))
        {
            case 0 when _networks.Count < MostNetworks:
                await _client.CreateAsync(new Network { Metadata = Named("net-" + number) }, token);
                _networks.Add("net-" + number);
                break;
            case 1 when _networks.Count > 2:
                await DeleteAsync<Network>(_networks, random.Next(_networks.Count), token);
                break;
            case 2 or 3 when _balancers.Count < MostLoadBalancers && _networks.Count > 0:
                await _client.CreateAsync(Balancer("lb-" + number, _networks[random.Next(_networks.Count)]), token);
                _balancers.Add("lb-" + number);
                break;
            case 4 or 5 when _balancers.Count > 4:
                await DeleteAsync<LoadBalancer>(_balancers, random.Next(_balancers.Count), token);
                break;
        }
    }

    /// <summary>Deletes what still uses a Network that was deleted: it stays until then.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        foreach (LoadBalancer lb in await _client.ListAsync<LoadBalancer>(new ListOptions(), cancellationToken))
        {
            if (!_networks.Contains(lb.Spec.NetworkRef!.Name))
            {
                await _client.DeleteAsync<LoadBalancer>(lb.Key, null, cancellationToken);
            }
        }
    }

    private async Task DeleteAsync<T>(List<string> names, int index, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        string name = names[index];
        names.RemoveAt(index);
        await _client.DeleteAsync<T>(new ObjectKey("default", name), null, cancellationToken);
    }

    private static ObjectMeta Named(string name) => new() { Namespace = "default", Name = name };

    private static LoadBalancer Balancer(string name, string network) => new()
    {
        Metadata = Named(name),
        Spec = new LoadBalancerSpec
        {
            Type = "Public",
            IpFamilies = ["IPv4"],
            NetworkRef = new LocalObjectReference { Name = network },
            Ports = [new LoadBalancerPort { Port = 80 }],
        },
    };
}
