using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;

namespace Lodestone.EndToEnd.Tests.Controllers;

/// <summary>An API server and two controllers, a process each, with a pool and a network; the first leads, the second waits.</summary>
internal sealed class ControllerPair : IAsyncDisposable
{
    internal const string First = "first";
    internal const string Second = "second";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-pair-").FullName;
    private readonly string[] _timing;
    private readonly Dictionary<string, LodestoneProcess> _controllers = [];
    private LodestoneProcess _server = null!;

    private ControllerPair(string[] timing) => _timing = timing;

    internal ApiClient Client { get; private set; } = null!;

    internal LodestoneProcess this[string name] => _controllers[name];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts them.</summary>
    /// <param name="timing">Options about the Lease.</param>
    internal static async Task<ControllerPair> StartAsync(params string[] timing)
    {
        var pair = new ControllerPair(timing);
        try
        {
            await pair.StartServerAsync();
            await pair.StartAsync(First);
            await pair[First].WaitForLineAsync("ready", Limit);
            await pair.StartAsync(Second);
            await UntilAsync(() => pair[Second].Error.Contains("Waiting for lease", StringComparison.Ordinal), "the second waits");
            await pair.Client.CreateAsync(new AddressPool { Metadata = new ObjectMeta { Name = "pool" }, Spec = new AddressPoolSpec { Addresses = ["10.0.0.0/16"] } }, Token);
            await pair.Client.CreateAsync(new Network { Metadata = new ObjectMeta { Namespace = "default", Name = "net" } }, Token);
            await pair.CreateAsync("before");
            await pair.AddressAsync("before");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a controller, again perhaps. Each is a user of its own, for the audit log.</summary>
    internal async Task StartAsync(string name)
    {
        string file = Path.Combine(_directory, name + ".kubeconfig");
        if (!File.Exists(file))
        {
            LodestoneResult issued = await LodestoneProcess.RunAsync("credentials", "admin", name, "--data-dir", _directory, "--server", Client.Server.ToString(), "--out", file);
            Assert.True(issued.ExitCode == 0, string.Join('\n', issued.ErrorLines));
        }

        if (_controllers.Remove(name, out LodestoneProcess? old))
        {
            await old.DisposeAsync();
        }

        _controllers[name] = LodestoneProcess.Start(["controller", "--kubeconfig", file, "--verbose", .. _timing]);
    }

    internal Task<LoadBalancer> CreateAsync(string name) => Client.CreateAsync(
        new LoadBalancer
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new LoadBalancerSpec
            {
                Type = "Public",
                IpFamilies = ["IPv4"],
                NetworkRef = new LocalObjectReference { Name = "net" },
                Ports = [new LoadBalancerPort { Protocol = "TCP", Port = 80 }],
            },
        },
        Token);

    /// <summary>Waits until a load balancer shows its address.</summary>
    internal async Task<string> AddressAsync(string name)
    {
        LoadBalancer? lb = null;
        await UntilAsync(
            async () =>
            {
                lb = await Client.GetAsync<LoadBalancer>(new ObjectKey("default", name), Token);
                return lb.Status?.Ips is { Count: > 0 };
            },
            $"LoadBalancer {name} has an address");
        return lb!.Status!.Ips![0];
    }

    /// <summary>Which of the two holds the Lease by this identity.</summary>
    internal async Task<string> NameOfAsync(string identity)
    {
        string? name = null;
        await UntilAsync(
            () => (name = _controllers.FirstOrDefault(c => c.Value.Error.Contains($"Holding lease lodestone-controllers as {identity}", StringComparison.Ordinal)).Key) is not null,
            $"one of the two says that it leads as {identity}");
        return name!;
    }

    internal Task<Lease> LeaseAsync() => Client.GetAsync<Lease>(new ObjectKey(LeaseOptions.SystemNamespace, "lodestone-controllers"), Token);

    /// <summary>Waits until another than <paramref name="holder"/> has the Lease.</summary>
    internal async Task<Lease> SuccessorAsync(string? holder)
    {
        Lease? lease = null;
        await UntilAsync(
            async () =>
            {
                lease = await LeaseAsync();
                return lease.Spec!.HolderIdentity is { Length: > 0 } current && current != holder;
            },
            "another has the Lease");
        return lease!;
    }

    /// <summary>Ends the server in order; returns what its audit log tells, a line a request.</summary>
    internal async Task<string[]> EndAsync()
    {
        _server.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        await _server.WaitAsync(Limit);
        return await File.ReadAllLinesAsync(AuditLog, Token);
    }

    internal static Task UntilAsync(Func<bool> condition, string expectation) => UntilAsync(() => Task.FromResult(condition()), expectation);

    internal static async Task UntilAsync(Func<Task<bool>> condition, string expectation)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, $"not within {Limit.TotalSeconds} s: {expectation}");
            await Task.Delay(5, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LodestoneProcess controller in _controllers.Values)
        {
            await controller.DisposeAsync();
        }

        Client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private string AuditLog => Path.Combine(_directory, "audit.log");

    private async Task StartServerAsync()
    {
        _server = LodestoneProcess.Start("apiserver", "--data-dir", _directory, "--listen", "127.0.0.1:0", "--audit-log", AuditLog);
        await _server.WaitForLineAsync("ready", Limit);
        Client = new ApiClient(KubeConfig.Load(Path.Combine(_directory, "kubeconfig")));
    }
}
