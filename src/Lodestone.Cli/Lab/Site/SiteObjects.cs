using System.Net.Sockets;
using System.Text;

using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Cli.Lab.Site;

/// <summary>The objects of a site in its API, and waiting for what becomes of them.</summary>
/// <param name="lab">The machines.</param>
/// <param name="api">The API.</param>
/// <param name="time">The clock.</param>
internal sealed class SiteObjects(NetworkLab lab, ApiClient api, TimeProvider time)
{
    /// <summary>The label value of all targets.</summary>
    public const string App = "web";

    /// <summary>The pool that all addresses are from.</summary>
    public const string PoolName = "public";

    private const string NetworkName = "blue";
    private const string PeerName = "tor";
    private const string AppLabel = "app";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Creates everything that a site begins with.</summary>
    /// <remarks>Load balancers last: their rings begin with all targets, so no window of a change is open when the site stands.</remarks>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await api.CreateAsync(
            new Secret
            {
                Metadata = new ObjectMeta { Namespace = LeaseOptions.SystemNamespace, Name = BGPPasswords.SecretName },
                Data = new() { [PeerName] = Encoding.ASCII.GetBytes(SitePlan.RouterPassword) },
            },
            cancellationToken);
        await api.CreateAsync(Peer(), cancellationToken);
        await api.CreateAsync(new Network { Metadata = Named(NetworkName) }, cancellationToken);
        await api.CreateAsync(
            new AddressPool
            {
                Metadata = new ObjectMeta { Name = PoolName },
                Spec = new AddressPoolSpec { Addresses = [lab.Options.Ipv4Pool.ToString(), lab.Options.Ipv6Pool.ToString()] },
            },
            cancellationToken);
        foreach (LabWorkload workload in lab.Workloads)
        {
            await api.CreateAsync(Interface(workload), cancellationToken);
        }

        await WaitAsync(
            "every network interface to be Available",
            async () =>
            {
                List<NetworkInterface> nics = await api.ListAsync<NetworkInterface>(new ListOptions(), cancellationToken);
                return (nics.TrueForAll(nic => nic.Status?.State == "Available"), string.Join(", ", nics.Select(nic => $"{nic.Metadata.Name} {nic.Status?.State}")));
            },
            cancellationToken);
        foreach (string name in (string[])[SitePlan.Layer3Balancer, .. SitePlan.Layer2Balancers])
        {
            await api.CreateAsync(Policy(name), cancellationToken);
            await api.CreateAsync(Balancer(name), cancellationToken);
        }
    }

    /// <summary>Until every load balancer has its addresses.</summary>
    public async Task<IReadOnlyList<SiteBalancer>> WaitForAddressesAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<SiteBalancer> balancers = [];
        await WaitAsync(
            "addresses of every load balancer",
            async () =>
            {
                balancers = await ListBalancersAsync(cancellationToken);
                return (balancers.All(balancer => balancer.Vips.Count == 2), Describe(balancers));
            },
            cancellationToken);
        return balancers;
    }

    /// <summary>The load balancers of the site.</summary>
    public async Task<IReadOnlyList<SiteBalancer>> ListBalancersAsync(CancellationToken cancellationToken)
    {
        List<LoadBalancer> all = await api.ListAsync<LoadBalancer>(new ListOptions { Namespace = SitePlan.Namespace }, cancellationToken);
        string[] names = [SitePlan.Layer3Balancer, .. SitePlan.Layer2Balancers];
        return
        [
            .. names.Select(name => new SiteBalancer(
                name,
                [.. (all.Find(lb => lb.Metadata.Name == name)?.Status?.Ips ?? []).Select(IPAddress.Parse).OrderBy(ip => ip.AddressFamily == AddressFamily.InterNetworkV6)])),
        ];
    }

    /// <summary>Until every machine that runs an agent is Ready, and every load balancer is served by so many gateways with so many targets.</summary>
    public Task WaitUntilServedAsync(int gateways, CancellationToken cancellationToken) => WaitAsync(
        $"all load balancers to be served by {gateways} gateways with {lab.Workloads.Count} targets",
        async () =>
        {
            List<LoadBalancer> all = await api.ListAsync<LoadBalancer>(new ListOptions { Namespace = SitePlan.Namespace }, cancellationToken);
            List<Host> hosts = await api.ListAsync<Host>(new ListOptions(), cancellationToken);
            string wanted = $"{lab.Workloads.Count}/{lab.Workloads.Count}";
            bool served = all.TrueForAll(lb => lb.Status?.ReadyTargets == wanted
                && lb.Status.Conditions?.Find(c => c.Type == "Programmed") is { Status: "True" } programmed
                && programmed.Message == $"{gateways} of {gateways} gateways");
            bool ready = hosts.TrueForAll(host => host.Status?.Conditions?.Find(c => c.Type == "Ready")?.Status == "True");
            string seen = string.Join("; ", all.Select(lb =>
                $"{lb.Metadata.Name} {lb.Status?.ReadyTargets} {lb.Status?.Conditions?.Find(c => c.Type == "Programmed")?.Message}"));
            return (served && ready, seen + "; not ready: " + string.Join(", ", hosts.Where(h => h.Status?.Conditions?.Find(c => c.Type == "Ready")?.Status != "True").Select(h => h.Metadata.Name)));
        },
        cancellationToken);

    /// <summary>Has all load balancers check their targets, or none; returns when there is a result of each target.</summary>
    public async Task SetHealthChecksAsync(HealthCheck? checks, CancellationToken cancellationToken)
    {
        string[] names = [SitePlan.Layer3Balancer, .. SitePlan.Layer2Balancers];
        foreach (string name in names)
        {
            LoadBalancerPolicy policy = await api.GetAsync<LoadBalancerPolicy>(new ObjectKey(SitePlan.Namespace, name), cancellationToken);
            await api.UpdateAsync(policy, p => p.Spec.HealthCheck = checks, cancellationToken);
        }

        // One for each load balancer and family.
        int wanted = checks is null ? 0 : names.Length * 2;
        await WaitAsync(
            checks is null ? "no health check to be left" : "every target to be found healthy",
            async () =>
            {
                List<NetworkInterface> nics = await api.ListAsync<NetworkInterface>(new ListOptions { Namespace = SitePlan.Namespace }, cancellationToken);
                return (
                    nics.TrueForAll(nic => (nic.Status?.Health?.Count ?? 0) == wanted && nic.Status?.Health?.TrueForAll(health => health.State == "Healthy") != false),
                    string.Join("; ", nics.Select(nic => $"{nic.Metadata.Name} {nic.Status?.Health?.Count(health => health.State == "Healthy") ?? 0} of {nic.Status?.Health?.Count ?? 0}")));
            },
            cancellationToken);
    }

    /// <summary>Makes a workload a target of all load balancers, or of none.</summary>
    public async Task SelectAsync(string workload, bool isSelected, CancellationToken cancellationToken)
    {
        NetworkInterface nic = await api.GetAsync<NetworkInterface>(new ObjectKey(SitePlan.Namespace, workload), cancellationToken);
        await api.UpdateAsync(nic, n => (n.Metadata.Labels ??= [])[AppLabel] = isSelected ? App : "none", cancellationToken);
    }

    /// <summary>Until every load balancer has so many targets.</summary>
    public Task WaitForTargetsAsync(int count, CancellationToken cancellationToken) => WaitAsync(
        $"every load balancer to have {count} targets",
        async () =>
        {
            List<LoadBalancer> all = await api.ListAsync<LoadBalancer>(new ListOptions { Namespace = SitePlan.Namespace }, cancellationToken);
            return (all.TrueForAll(lb => lb.Status?.ReadyTargets == $"{count}/{count}"), string.Join("; ", all.Select(lb => $"{lb.Metadata.Name} {lb.Status?.ReadyTargets}")));
        },
        cancellationToken);

    /// <summary>Until every window of a change has closed: from then on a flow that changes gateways meets the same target for certain.</summary>
    public Task WaitUntilSettledAsync(CancellationToken cancellationToken) => WaitAsync(
        "the windows of the last change of targets to close",
        async () =>
        {
            List<LoadBalancerRouting> routings = await api.ListAsync<LoadBalancerRouting>(new ListOptions { Namespace = SitePlan.Namespace }, cancellationToken);
            string[] open = [.. routings.Where(routing => routing.Draining is { Count: > 0 }).Select(routing => routing.Metadata.Name!)];
            return (open.Length == 0, $"drains: {string.Join(", ", open)}");
        },
        cancellationToken);

    /// <summary>Until something is so.</summary>
    /// <param name="what">What is waited for.</param>
    /// <param name="look">Whether it is so, and what is seen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandException">It did not come; the message holds what was seen last.</exception>
    public async Task WaitAsync(string what, Func<Task<(bool IsSo, string Seen)>> look, CancellationToken cancellationToken)
    {
        string seen = "nothing";
        for (long start = time.GetTimestamp(); time.GetElapsedTime(start) < Limit;)
        {
            try
            {
                (bool isSo, seen) = await look();
                if (isSo)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException or ApiException)
            {
                seen = e.Message;
            }

            await Task.Delay(Poll, time, cancellationToken);
        }

        throw new CommandException($"waited {Limit.TotalSeconds} s for {what}; last seen: {seen}");
    }

    /// <summary>Metadata of an object of the site's namespace.</summary>
    public static ObjectMeta Named(string name) => new() { Namespace = SitePlan.Namespace, Name = name };

    private static string Describe(IEnumerable<SiteBalancer> balancers) => string.Join("; ", balancers.Select(b => $"{b.Name} {string.Join(", ", b.Vips)}"));

    private static NetworkInterface Interface(LabWorkload workload) => new()
    {
        Metadata = new ObjectMeta { Namespace = SitePlan.Namespace, Name = workload.Name, Labels = new() { [AppLabel] = App } },
        Spec = new NetworkInterfaceSpec
        {
            ProviderID = workload.ProviderId,
            NetworkRef = new LocalObjectReference { Name = NetworkName },
            IpFamilies = ["IPv4", "IPv6"],
            Ips = [new IpSource { Value = workload.Ipv4.ToString() }, new IpSource { Value = workload.Ipv6.ToString() }],
        },
    };

    private static LoadBalancerPolicy Policy(string name) => new()
    {
        Metadata = Named(name),
        Spec = new LoadBalancerPolicySpec
        {
            LoadBalancerRef = new LocalObjectReference { Name = name },
            Announcement = name == SitePlan.Layer3Balancer ? AnnouncementModes.Bgp : AnnouncementModes.Layer2,
            TransitionSeconds = SitePlan.TransitionSeconds,
            DrainSeconds = SitePlan.TransitionSeconds,
        },
    };

    /// <summary>A load balancer as those that the site begins with.</summary>
    public static LoadBalancer Balancer(string name) => new()
    {
        Metadata = Named(name),
        Spec = new LoadBalancerSpec
        {
            Type = "Public",
            IpFamilies = ["IPv4", "IPv6"],
            NetworkRef = new LocalObjectReference { Name = NetworkName },
            NetworkInterfaceSelector = new LabelSelector { MatchLabels = new() { [AppLabel] = App } },
            Ports =
            [
                new LoadBalancerPort { Protocol = "TCP", Port = SitePlan.HttpPort },
                new LoadBalancerPort { Protocol = "TCP", Port = SitePlan.StreamPort },
                new LoadBalancerPort { Protocol = "UDP", Port = SitePlan.DatagramPort },
            ],
        },
    };

    private BGPPeer Peer() => new()
    {
        Metadata = new ObjectMeta { Name = PeerName },
        Spec = new BGPPeerSpec
        {
            PeerAddress = lab.Client.Ipv4.ToString(),
            PeerASN = SitePlan.RouterAsn,
            LocalASN = SitePlan.GatewayAsn,
            PasswordKey = PeerName,
            HoldTimeSeconds = 9,
            ConnectRetrySeconds = 1,
            Bfd = new BFDSettings
            {
                TransmitIntervalMilliseconds = SitePlan.BfdMilliseconds,
                ReceiveIntervalMilliseconds = SitePlan.BfdMilliseconds,
                DetectMultiplier = SitePlan.BfdMultiplier,
            },
        },
    };
}
