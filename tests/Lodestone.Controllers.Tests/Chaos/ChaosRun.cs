using Lodestone.Api.BuiltIn;
using Lodestone.Api.Platform;
using Lodestone.ApiServer;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Tests.Integration;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>One run: a real API server, controllers whose requests go wrong and who die and come back, and steps in some order.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(400);

    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-chaos-").FullName;
    private readonly FaultPlan _plan;
    private readonly LodestoneApiServer _server;
    private readonly ErrorLog _log = new();
    private readonly CancellationTokenSource _stop = new();
    private ApiClient? _client;
    private Task _controllers = Task.CompletedTask;

    private ChaosRun(FaultPlan plan)
    {
        _plan = plan;
        _server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory });
    }

    /// <summary>Incarnations of the controllers that died.</summary>
    internal int Deaths { get; private set; }

    private ApiClient Client => _client!;

    internal static async Task<ChaosRun> StartAsync(FaultPlan plan, CancellationToken cancellationToken)
    {
        var run = new ChaosRun(plan);
        await run._server.StartAsync(cancellationToken);
        run._client = new ApiClient(KubeConfig.Load(run._server.KubeconfigPath));
        run._controllers = run.RunControllersAsync();
        return run;
    }

    /// <summary>Does the steps, waits until the cluster has come to rest, and returns what it came to.</summary>
    /// <param name="steps">The steps, in order.</param>
    /// <param name="expected">What it is to come to, or null: whatever it is when nothing changes any more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<string[]> DoAsync(IEnumerable<Step> steps, string[]? expected, CancellationToken cancellationToken)
    {
        foreach (Step step in steps)
        {
            try
            {
                await step.RunAsync(Client, cancellationToken);
            }
            catch (ApiException exception)
            {
                throw new InvalidOperationException($"step '{step.Name}': {exception.Message}", exception);
            }
        }

        long started = TimeProvider.System.GetTimestamp();
        long changed = started;
        string version = "";
        string[] state = [];
        while (TimeProvider.System.GetElapsedTime(started) < Limit)
        {
            string now = await VersionAsync(cancellationToken);
            if (now != version)
            {
                version = now;
                changed = TimeProvider.System.GetTimestamp();
                state = await Projection.ReadAsync(Client, cancellationToken);
            }

            // Deadlines are whole seconds and nothing is written until one passes: rest is a good deal longer than that.
            TimeSpan rest = TimeProvider.System.GetElapsedTime(changed);
            if (expected is null ? rest > TimeSpan.FromSeconds(4) : rest > Quiet && state.SequenceEqual(expected))
            {
                return state;
            }

            await Task.Delay(20, cancellationToken);
        }

        return state;
    }

    /// <summary>What the controllers logged as an error, but for what was injected.</summary>
    internal IEnumerable<string> Errors => _log.Errors.Where(e => !e.Contains("injected", StringComparison.Ordinal));

    /// <summary>Two holders of one address, or an address without its holder.</summary>
    internal async Task<List<string>> ViolationsAsync(CancellationToken cancellationToken)
    {
        var violations = new List<string>();
        var shown = new Dictionary<string, string>();
        List<IPAddress> addresses = await Client.ListAsync<IPAddress>(new ListOptions(), cancellationToken);
        foreach (Lodestone.Api.Networking.LoadBalancer lb in await Client.ListAsync<Lodestone.Api.Networking.LoadBalancer>(new ListOptions(), cancellationToken))
        {
            foreach (string ip in lb.Status?.Ips ?? [])
            {
                if (lb.Spec.Type == "Public" && !shown.TryAdd(ip, lb.Key.ToString()))
                {
                    violations.Add($"{ip} is shown by {shown[ip]} and {lb.Key}");
                }

                if (!addresses.Exists(a => a.Spec.Ip == ip && a.Spec.ClaimRef?.Uid == lb.Metadata.Uid))
                {
                    violations.Add($"{lb.Key} shows {ip} and holds no IPAddress for it");
                }
            }
        }

        return violations;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _controllers;
        _client?.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Incarnation after incarnation, each with fresh caches.</summary>
    private async Task RunControllersAsync()
    {
        // Somewhat patient with windows, so that a crash can fall into one; not so patient that a run takes long.
        var options = new ControllerOptions
        {
            AddressQuarantine = TimeSpan.FromMilliseconds(200),
            LearningWindow = TimeSpan.FromMilliseconds(500),
            UdpLearningWindow = TimeSpan.FromMilliseconds(200),
            DrainTime = TimeSpan.FromMilliseconds(500),
            Informers = new InformerOptions { MinBackoff = TimeSpan.FromMilliseconds(10), MaxBackoff = TimeSpan.FromMilliseconds(200), PageSize = 3 },
        };
        var config = KubeConfig.Load(_server.KubeconfigPath);
        while (!_stop.IsCancellationRequested)
        {
            using var term = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            using var client = new ApiClient(new FaultInjector(HttpHandlers.Create(config, TimeProvider.System), _plan, term.Cancel), config.Server);
            await ControllerManager.RunAsync(client, options, _log, TimeProvider.System, term.Token);
            Deaths++;
        }
    }

    /// <summary>The store's version: of all kinds together, but for Events, which tell and don't change.</summary>
    private async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        var page = await Client.ListPageAsync<Namespace>(new ListOptions { Limit = 1 }, cancellationToken);
        return page.Metadata.ResourceVersion ?? "";
    }
}
