using Lodestone.Api.Meta;
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
    public const string Quic = "198.51.100.7";
    public const string Translated = "198.51.100.6";
    public const string Local6 = "2001:db8::1";
    public const string Answered = "198.51.100.10";
    public const string AnsweredTranslated = "198.51.100.11";
    public const string Internal = "10.0.0.100";
    public const string InternalOfClient = "10.0.0.101";
    public const string OtherNetwork = "10.9.0.1";

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
        world.Route(world.AddLoadBalancer("translated", Translated), world.AddNic("appliance", 5)).Policy =
            new RoutingPolicy { Name = "translated", Uid = "policy-uid", Generation = 1, Delivery = "Translate" };
        NetworkInterface added = world.AddNic("added", 4);
        world.Route(world.AddLoadBalancer("learning", Learning), local, added)
            .RingHistory = [new RingChange { Generation = 2, Until = World.Start.AddMinutes(15), Added = [World.MemberOf(added)] }];
        world.Route(world.AddLoadBalancer("quic", Quic), local, added).Policy = new RoutingPolicy { Name = "p", Uid = "u", Generation = 1, Quic = new RoutingQuic { ServerIDLength = 4 } };
        NetworkInterface local6 = world.AddNic("local6", 6);
        local6.Spec.IpFamilies = ["IPv6"];
        local6.Spec.Ips = [new IpSource { Value = "2001:db8:1::a" }];
        world.Route(world.AddLoadBalancer("web6", Local6), local6);
        AddClient(machine);
        machine.Apply();
        return machine;
    }

    /// <summary>A workload whose device exists, and whom it talks to.</summary>
    private static void AddClient(TracedMachine machine)
    {
        World world = machine.World;
        NetworkInterface client = world.AddNic("client", 7);
        world.Devices["v-client"] = world.Devices["v-client"] with { Index = machine.ClientIfindex };
        world.Route(world.AddLoadBalancer("answered", Answered), client);
        world.Route(world.AddLoadBalancer("answered-translated", AnsweredTranslated), client).Policy =
            new RoutingPolicy { Name = "answered-translated", Uid = "translated-uid", Generation = 1, Delivery = "Translate" };
        LoadBalancer db = world.AddLoadBalancer("db", Internal);
        (db.Spec.Type, db.Spec.Ports) = ("Internal", [new LoadBalancerPort { Protocol = "TCP", Port = 80 }]);
        world.Route(db, world.Nics.Find(nic => nic.Metadata.Name == "remote")!);
        LoadBalancer own = world.AddLoadBalancer("own", InternalOfClient);
        own.Spec.Type = "Internal";
        world.Route(own, client);
        world.Networks.Add(new Network
        {
            Metadata = new ObjectMeta { Namespace = World.Namespace, Name = "other", Uid = "other-uid" },
            Spec = new NetworkSpec { ProviderID = "lodestone://78" },
        });
        NetworkInterface foreign = world.AddNic("foreign", 8, "host-b");
        (foreign.Spec.NetworkRef, foreign.Spec.Ips) = (new LocalObjectReference { Name = "other" }, [new IpSource { Value = OtherNetwork }]);
    }
}
