using Lodestone.Api.Networking;

namespace Lodestone.Agent.Tests.Trace;

/// <summary>One machine for all tests of the class, since loading programs is what takes time: a VIP for each way a packet can end.</summary>
public sealed class TracedSite : IDisposable
{
    public const string Local = "198.51.100.1";
    public const string Remote = "198.51.100.2";
    public const string Empty = "198.51.100.3";
    public const string Dead = "198.51.100.4";
    public const string Learning = "198.51.100.5";
    public const string Local6 = "2001:db8::1";

    private readonly Lazy<TracedMachine> _machine = new(Start);

    /// <summary>Made when it is first asked for, so that a test without root can skip before.</summary>
    internal TracedMachine Machine => _machine.Value;

    public void Dispose()
    {
        if (_machine.IsValueCreated)
        {
            _machine.Value.Dispose();
        }
    }

    private static TracedMachine Start()
    {
        var machine = new TracedMachine();
        World world = machine.World;
        world.AddHost("host-c", 3, "Hypervisor");
        world.NextHops.Remove(World.UnderlayAddressOf(3));
        NetworkInterface local = world.AddNic("local", 1);
        LoadBalancer web = world.AddLoadBalancer("web", Local);
        web.Spec.Ports =
        [
            new LoadBalancerPort { Protocol = "TCP", Port = 80 },
            new LoadBalancerPort { Protocol = "UDP", Port = 53 },
            new LoadBalancerPort { Protocol = "SCTP", Port = 9 },
        ];
        world.Route(web, local);
        world.Route(world.AddLoadBalancer("remote", Remote), world.AddNic("remote", 2, "host-b"));
        world.AddLoadBalancer("empty", Empty);
        world.Route(world.AddLoadBalancer("dead", Dead), world.AddNic("dead", 3, "host-c"));
        NetworkInterface added = world.AddNic("added", 4);
        world.Route(world.AddLoadBalancer("learning", Learning), local, added)
            .RingHistory = [new RingChange { Generation = 2, Until = World.Start.AddMinutes(15), Added = [World.MemberOf(added)] }];
        NetworkInterface local6 = world.AddNic("local6", 6);
        local6.Spec.IpFamilies = ["IPv6"];
        local6.Spec.Ips = [new IpSource { Value = "2001:db8:1::a" }];
        world.Route(world.AddLoadBalancer("web6", Local6), local6);
        machine.Apply();
        return machine;
    }
}
