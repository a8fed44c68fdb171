using System.Globalization;
using Lodestone.Agent.Heartbeat;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Cli.Simulate.Site;

/// <summary>Makes objects of a site that have changed, each time others as long as there are any; each is another version than any before.</summary>
/// <param name="site">The site as it was.</param>
/// <param name="routingOf">A load balancer's routing as it is.</param>
/// <param name="time">The clock.</param>
internal sealed class SiteChanges(SiteObjects site, Func<LoadBalancer, LoadBalancerRouting?> routingOf, TimeProvider time)
{
    private long _version = 1;
    private int _next;

    /// <summary>Which of an object's versions this is.</summary>
    public static long VersionOf(KubernetesObject item) => long.Parse(item.Metadata.ResourceVersion!, CultureInfo.InvariantCulture);

    /// <summary>A target leaves its load balancer, and keeps the flows it has: the routing alone.</summary>
    public KubernetesObject Routing() => RoutingWithout([NextNic()]);

    /// <summary>A network interface's label changes, so that it leaves its load balancer: the interface, and its routing.</summary>
    public IReadOnlyList<KubernetesObject> Target()
    {
        int nic = NextNic();
        return [InterfaceOf(nic, item => item.Metadata.Labels!["env"] = "test"), RoutingWithout([nic])];
    }

    /// <summary>What is said of a network interface changes, and nothing else.</summary>
    public NetworkInterface Interface() => InterfaceOf(NextNic(), item => item.Status!.Conditions![0].Message += ", again");

    /// <summary>A network interface is relabelled: a load balancer no longer selects it.</summary>
    public NetworkInterface Relabelled() => InterfaceOf(NextNic(), item => item.Metadata.Labels!["env"] = "test");

    /// <summary>What gateways say of a load balancer changes.</summary>
    public LoadBalancer LoadBalancer() => Versioned(site.LoadBalancer(site.LoadBalancerOf(NextNic()), ringGeneration: 2));

    /// <summary>What is said of a hypervisor changes.</summary>
    public Host Host() => Versioned(site.Host(site.Scale.Gateways));

    /// <summary>A host no longer renews its lease: the host itself, its network interfaces, which take no new flows, and the routings of those.</summary>
    public IReadOnlyList<KubernetesObject> HostDies(int host)
    {
        Host dead = Versioned(site.Host(host));
        Say(dead.Status!.Conditions!.Find(c => c.Type == HostConditions.Ready)!, "LeaseExpired", "the lease was not renewed");
        int[] nics = [.. site.InterfacesOn(host)];
        return
        [
            dead,
            .. nics.Select(nic => InterfaceOf(nic, item => item.Status!.Conditions!.Add(new Condition
            {
                Type = "HostReady",
                Status = "False",
                LastTransitionTime = time.GetUtcNow(),
                Reason = "HostNotReady",
                Message = $"Host {SiteObjects.HostName(host)} no longer renews its Lease: the interface takes no new flows, and keeps those it has",
            }))),
            .. nics.GroupBy(site.LoadBalancerOf).Select(targets => RoutingWithout([.. targets])),
        ];
    }

    private static void Say(Condition condition, string reason, string message) =>
        (condition.Status, condition.Reason, condition.Message) = ("False", reason, message);

    private int NextNic() => site.InterfacesOf(_next++ % site.Scale.LoadBalancers).First();

    private NetworkInterface InterfaceOf(int nic, Action<NetworkInterface> change)
    {
        NetworkInterface item = Versioned(site.Interface(nic));
        change(item);
        return item;
    }

    private LoadBalancerRouting RoutingWithout(int[] nics)
    {
        int lb = site.LoadBalancerOf(nics[0]);
        NetworkInterface[] rest = [.. site.InterfacesOf(lb).Except(nics).Select(site.Interface)];
        return site.Routing(lb, routingOf(site.LoadBalancer(lb)), rest, _ => true, time.GetUtcNow(), ++_version);
    }

    private T Versioned<T>(T item)
        where T : KubernetesObject
    {
        item.Metadata.ResourceVersion = $"{++_version}";
        return item;
    }
}
