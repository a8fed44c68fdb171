using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>A gateway's agent as the API sees it: a user that may only speak for its own machine. What it reports a test says.</summary>
internal sealed class Gateway : IDisposable
{
    private readonly string _kubeconfig;

    private Gateway(string name, string kubeconfig)
    {
        Name = name;
        _kubeconfig = kubeconfig;
        Client = new ApiClient(KubeConfig.Load(kubeconfig));
    }

    internal string Name { get; }

    internal ApiClient Client { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Registers the Host, Ready and with a Lease.</summary>
    internal static async Task<Gateway> StartAsync(World world, string name, int leaseSeconds = 3600, string role = "Gateway")
    {
        await world.SeesAsync<Namespace>(LeaseOptions.SystemNamespace, _ => true, "our namespace", ns: "");
        var gateway = new Gateway(name, world.AgentKubeconfig(name));
        await gateway.Client.CreateAsync(
            new Lease
            {
                Metadata = new ObjectMeta { Namespace = LeaseOptions.SystemNamespace, Name = name },
                Spec = new LeaseSpec { HolderIdentity = name, LeaseDurationSeconds = leaseSeconds, RenewTime = TimeProvider.System.GetUtcNow() },
            },
            Token);
        Host host = await gateway.Client.CreateAsync(new Host { Metadata = new ObjectMeta { Name = name }, Spec = new HostSpec { Roles = [role] } }, Token);
        await gateway.Client.UpdateStatusAsync(
            host,
            h => (h.Status ??= new HostStatus()).Conditions = h.Status.Conditions.With("Ready", true, "AgentReady", "the agent runs", 1, TimeProvider.System.GetUtcNow()),
            Token);
        return gateway;
    }

    /// <summary>Says what it has in its data path: by default the generation and the ring that are.</summary>
    internal async Task<LoadBalancer> ReportAsync(World world, string name, Action<LoadBalancerGateway>? change = null)
    {
        LoadBalancer lb = (await world.FindAsync<LoadBalancer>(name))!;
        LoadBalancerRouting? routing = await world.FindAsync<LoadBalancerRouting>(name);
        var entry = new LoadBalancerGateway
        {
            Name = Name,
            State = LoadBalancerGatewayStates.Programmed,
            Reason = "Programmed",
            Message = "programmed",
            ObservedGeneration = lb.Metadata.Generation,
            RingGeneration = routing?.RingGeneration,
        };
        change?.Invoke(entry);
        return (await ApplyAsync(lb, entry))!;
    }

    /// <summary>Says that it has let go; null: the load balancer is gone.</summary>
    internal async Task<LoadBalancer?> LetGoAsync(World world, string name) => await ApplyAsync((await world.FindAsync<LoadBalancer>(name))!, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        File.Delete(_kubeconfig);
    }

    private Task<LoadBalancer?> ApplyAsync(LoadBalancer lb, LoadBalancerGateway? entry) => Client.ApplyStatusAsync(
        new LoadBalancer
        {
            Metadata = new ObjectMeta { Namespace = lb.Metadata.Namespace, Name = lb.Metadata.Name, Uid = lb.Metadata.Uid },
            Status = new LoadBalancerStatus { Gateways = entry is null ? null : [entry] },
        },
        $"lodestone-agent/{Name}",
        Token);
}
