using System.Net;
using System.Text;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.Linux.Netlink;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>All of Lodestone: server, controllers, agents and their packet programs, set up by manifests.</summary>
internal class LodestoneSite(DemoEnvironment environment, TrafficLayout layout, bool isWire, string name = LodestoneSite.DefaultName) : TrafficSite(environment.Lab, layout, isWire)
{
    /// <summary>As an agent attaches by itself: to a veth, tc.</summary>
    public const string DefaultName = "lodestone";

    /// <summary>With XDP at the uplinks.</summary>
    public const string XdpName = "lodestone-xdp";

    private const string BalancerName = "traffic";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private IPAddress? _vip;

    public override string Name => name;

    public override IReadOnlyList<IPAddress> Addresses => [_vip!];

    /// <summary>Server, agents and lab.</summary>
    protected DemoEnvironment Environment => environment;

    /// <summary>Objects beside those of the traffic; each document ends with a line of its own, and begins with <c>---</c>.</summary>
    protected virtual string MoreManifests => "";

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await environment.StartServerAsync(cancellationToken);
        if (Layout == TrafficLayout.Remote)
        {
            await environment.IssueAgentCredentialsAsync(cancellationToken);
            await environment.StartAgentAsync(cancellationToken);
        }

        using ApiClient api = environment.ConnectApi();
        const string File = "traffic.yaml";
        await System.IO.File.WriteAllTextAsync(Path.Combine(environment.Paths.Samples, File), Manifests() + MoreManifests, cancellationToken);
        await new ManifestApplier(Lab, environment.Paths, api).ApplyAsync([File], cancellationToken);
        _vip = await WaitForVipAsync(api, BalancerName, HasAddress, "an address", cancellationToken);
        foreach (LabWorkload workload in Servers)
        {
            NetworkLab.AddVip(workload, _vip);
        }

        await WaitForVipAsync(api, BalancerName, IsProgrammed, "being programmed", cancellationToken);
    }

    protected override RouteSettings Route() => new(Lab.Options.Ipv4Pool, Lab.Client.DeviceIndex);

    protected override ValueTask DisposeLabAsync() => environment.DisposeAsync();

    protected static bool HasAddress(LoadBalancer lb) => lb.Status?.Ips is { Count: > 0 };

    protected static bool IsProgrammed(LoadBalancer lb) => HasAddress(lb) && lb.Status?.Conditions?.Any(c => c is { Type: "Programmed", Status: "True" }) is true;

    /// <summary>Waits for a load balancer and returns its address.</summary>
    /// <exception cref="InvalidOperationException">It waited too long.</exception>
    protected static async Task<IPAddress> WaitForVipAsync(
        ApiClient api, string name, Func<LoadBalancer, bool> isReady, string what, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        while (true)
        {
            LoadBalancer lb = await api.GetAsync<LoadBalancer>(new ObjectKey("default", name), limit.Token);
            if (isReady(lb))
            {
                return IPAddress.Parse(lb.Status!.Ips![0]);
            }

            try
            {
                await Task.Delay(50, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                string? why = lb.Status?.Conditions is { } conditions ? string.Join("; ", conditions.Select(c => $"{c.Type}={c.Status} {c.Message}")) : null;
                throw new InvalidOperationException($"the load balancer waits for {what}: {why ?? "it has no conditions"}");
            }
        }
    }

    private string Manifests()
    {
        var text = new StringBuilder();
        text.Append(
            $"""
            apiVersion: lodestone.dev/v1alpha1
            kind: AddressPool
            metadata:
              name: public
            spec:
              addresses:
              - {Lab.Options.Ipv4Pool}
            ---
            apiVersion: networking.ironcore.dev/v1alpha1
            kind: Network
            metadata:
              namespace: default
              name: traffic

            """);
        foreach (LabWorkload workload in Servers)
        {
            text.Append(NetworkInterface(workload, "web"));
        }

        return text.Append(Balancer(BalancerName, "web")).ToString();
    }

    protected static string NetworkInterface(LabWorkload workload, string app) =>
        $"""
        ---
        apiVersion: networking.ironcore.dev/v1alpha1
        kind: NetworkInterface
        metadata:
          namespace: default
          name: {workload.Name}
          labels:
            app: {app}
        spec:
          providerID: {workload.ProviderId}
          networkRef:
            name: traffic
          ipFamilies: [IPv4]
          ips:
          - value: {workload.Ipv4}

        """;

    protected static string Balancer(string name, string app) =>
        $$"""
        ---
        apiVersion: networking.ironcore.dev/v1alpha1
        kind: LoadBalancer
        metadata:
          namespace: default
          name: {{name}}
        spec:
          type: Public
          ipFamilies: [IPv4]
          networkRef:
            name: traffic
          networkInterfaceSelector:
            matchLabels:
              app: {{app}}
          ports:
          - port: 80
          - port: {{UdpPort}}
            protocol: UDP

        """;
}
