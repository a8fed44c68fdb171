using Lodestone.Api.Cluster;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Tests.Services;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>What becomes of Services of type LoadBalancer. The real kube-apiserver that the other tests run on is too old to have classes.</summary>
public sealed class ServiceTests
{
    private const string Old = "Kubernetes 1.20 has neither loadBalancerClass nor EndpointSlices of discovery.k8s.io/v1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Service_FromCreateToDelete_IsServedByNodes()
    {
        Assert.SkipWhen(World.IsShared, Old);
        await using World world = await World.StartAsync(withServices: true);
        await world.PoolAsync("pool", "198.51.100.0/29", "2001:db8:0:1::/124");
        using Gateway a = await NodeAsync(world, "node-a", "192.0.2.1", "2001:db8::1");
        using Gateway b = await NodeAsync(world, "node-b", "192.0.2.2", "2001:db8::2");
        Service service = Cases.Service();
        service.Metadata.Labels = new Dictionary<string, string> { ["app"] = "web" };
        service = await world.CreateAsync(service);

        LoadBalancer lb = await world.SeesAsync<LoadBalancer>("svc-web", l => l.Status?.Ips?.Count == 2, "addresses");
        Assert.Equal(["IPv4", "IPv6"], lb.Spec.IpFamilies!);
        Assert.Equal("web", lb.Metadata.Labels!["app"]);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations?.Count == 2, "both nodes");
        Assert.Equal(["node-a 2001:db8::1", "node-b 2001:db8::2"], routing.Destinations!.Select(d => $"{d.Name} {d.Ip}"));
        Assert.All(routing.Destinations!, d => Assert.Null(d.TargetRef));
        service = await world.SeesAsync<Service>("web", s => Served(s) is { Status: "False", Reason: "LoadBalancerPending" }, "pending");
        Assert.Empty(service.Status!.LoadBalancer?.Ingress ?? []);
        Assert.Contains("service.kubernetes.io/load-balancer-cleanup", service.Metadata.Finalizers!);

        await a.ReportAsync(world, "svc-web");
        await b.ReportAsync(world, "svc-web");
        service = await world.SeesAsync<Service>("web", s => Served(s)?.Status == "True", "served");
        Assert.Equal(lb.Status!.Ips!.Select(ip => $"{ip} VIP"), service.Status!.LoadBalancer!.Ingress!.Select(i => $"{i.Ip} {i.IpMode}"));
        await world.EventAsync("web", "Served");

        // Nothing changes, nothing is written.
        string? version = (await world.FindAsync<LoadBalancerRouting>("svc-web"))!.Metadata.ResourceVersion;
        await world.Client.UpdateAsync(service, s => s.Metadata.Annotations = new Dictionary<string, string> { ["note"] = "x" }, Token);
        await world.Client.UpdateAsync(service, s => s.Spec.Ports!.Add(new ServicePort { Name = "dns", Protocol = "UDP", Port = 53 }), Token);
        await world.SeesAsync<LoadBalancer>("svc-web", l => l.Spec.Ports is [_, { Protocol: "UDP", Port: 53 }], "another port");
        Assert.Equal(version, (await world.FindAsync<LoadBalancerRouting>("svc-web"))!.Metadata.ResourceVersion);

        // Its load balancer is gone only when no gateway has it any more, and the Service stays until then.
        await world.Client.DeleteAsync<Service>(service.Key, null, Token);
        await world.SeesAsync<LoadBalancer>("svc-web", l => l.IsBeingDeleted, "on its way out");
        Assert.NotNull(await world.FindAsync<Service>("web"));
        await a.LetGoAsync(world, "svc-web");
        await b.LetGoAsync(world, "svc-web");
        await world.GoneAsync<LoadBalancer>("svc-web");
        await world.GoneAsync<Service>("web");
        await world.GoneAsync<Network>("lodestone-services");
    }

    [Fact]
    public async Task Service_LocalPolicy_NodesFollowReadyEndpoints()
    {
        Assert.SkipWhen(World.IsShared, Old);
        await using World world = await World.StartAsync(withServices: true);
        await world.PoolAsync("pool", "198.51.100.0/29");
        using Gateway a = await NodeAsync(world, "node-a", "192.0.2.1");
        using Gateway b = await NodeAsync(world, "node-b", "192.0.2.2");
        await world.CreateAsync(Cases.Service("web", s => (s.ExternalTrafficPolicy, s.IpFamilies) = ("Local", ["IPv4"])));
        await world.SeesAsync<Service>("web", s => Served(s)?.Reason == "NoEndpoints", "no endpoint");
        await world.EventAsync("web", "NoEndpoints");

        EndpointSlice slice = await world.CreateAsync(Cases.Slice("web", ("node-a", true, true, false)));
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations is [{ Ip: "192.0.2.1" }], "node-a");

        // node-a terminates: no new flows, and it keeps those it has.
        slice = (await world.Client.UpdateAsync(slice, s => s.Endpoints = Cases.Slice("web", ("node-a", false, true, true), ("node-b", true, true, false)).Endpoints, Token))!;
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations is [{ Ip: "192.0.2.2" }], "node-b");
        Assert.Equal("192.0.2.1", Assert.Single(routing.Draining!).Ip);
        Assert.Single(routing.RingHistory!);

        await world.Client.UpdateAsync(slice, s => s.Endpoints = Cases.Slice("web", ("node-b", true, true, false)).Endpoints, Token);
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Draining is null, "nobody is left on node-a");
    }

    [Fact]
    public async Task Service_NodesComeGoAndAreExcluded_RoutingFollows()
    {
        Assert.SkipWhen(World.IsShared, Old);
        await using World world = await World.StartAsync(withServices: true);
        using Gateway a = await NodeAsync(world, "node-a", "192.0.2.1");
        await world.CreateAsync(Cases.Service());
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations is [{ Ip: "192.0.2.1" }], "node-a");

        using Gateway b = await NodeAsync(world, "node-b", "192.0.2.2");
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations?.Count == 2, "node-b too");

        Node node = (await world.FindAsync<Node>("node-a", ""))!;
        await world.Client.UpdateAsync(node, n => n.Metadata.Labels = new Dictionary<string, string> { ["node.kubernetes.io/exclude-from-external-load-balancers"] = "" }, Token);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations is [{ Ip: "192.0.2.2" }], "node-a excluded");
        Assert.Equal("192.0.2.1", Assert.Single(routing.Draining!).Ip);

        node = (await world.FindAsync<Node>("node-b", ""))!;
        await world.Client.UpdateStatusAsync(node, n => n.Status = Cases.Node("node-b", "Unknown").Status, Token);
        await world.Client.UpdateAsync((await world.FindAsync<Node>("node-a", ""))!, n => n.Metadata.Labels = null, Token);
        routing = await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations is [{ Ip: "192.0.2.1" }], "node-b is sick");
        Assert.Null(routing.Draining);
    }

    [Fact]
    public async Task Service_SessionAffinity_IsAPolicy()
    {
        Assert.SkipWhen(World.IsShared, Old);
        await using World world = await World.StartAsync(withServices: true);
        using Gateway a = await NodeAsync(world, "node-a", "192.0.2.1");
        Service service = await world.CreateAsync(Cases.Service("web", s => s.SessionAffinity = "ClientIP"));

        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Policy?.Key?.By == "Client", "by client");
        await world.SeesAsync<LoadBalancerPolicy>("svc-web", p => p.Status?.Conditions?.Exists(c => c is { Type: "Attached", Status: "True" }) == true, "attached");

        service = (await world.Client.UpdateAsync(service, s => s.Spec.SessionAffinity = "None", Token))!;
        await world.GoneAsync<LoadBalancerPolicy>("svc-web");
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Policy is null, "by flow");

        // An administrator's policy for the load balancer counts.
        await world.PolicyAsync("mine", "svc-web", p => p.Echo = "Drop");
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Policy is { Name: "mine", Echo: "Drop" }, "mine");
        await world.Client.UpdateAsync(service, s => s.Spec.SessionAffinity = "ClientIP", Token);
        await world.EventAsync("web", "FieldsIgnored", e => e.Message!.Contains("spec.sessionAffinity", StringComparison.Ordinal));
        Assert.Null(await world.FindAsync<LoadBalancerPolicy>("svc-web"));
    }

    [Fact]
    public async Task Service_OfAnotherClass_IsNeverTouched()
    {
        Assert.SkipWhen(World.IsShared, Old);
        await using World world = await World.StartAsync(withServices: true);
        using Gateway a = await NodeAsync(world, "node-a", "192.0.2.1");
        Service other = Cases.Service("other", s => s.LoadBalancerClass = "example.com/lb");
        other.Metadata.Finalizers = ["service.kubernetes.io/load-balancer-cleanup"];
        other = await world.CreateAsync(other);
        Service none = await world.CreateAsync(Cases.Service("none", s => s.LoadBalancerClass = null));
        await world.CreateAsync(Cases.Service());
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations?.Count == 1, "ours");

        Assert.Equal(other.Metadata.ResourceVersion, (await world.FindAsync<Service>("other"))!.Metadata.ResourceVersion);
        Assert.Equal(none.Metadata.ResourceVersion, (await world.FindAsync<Service>("none"))!.Metadata.ResourceVersion);
        Assert.Null(await world.FindAsync<LoadBalancer>("svc-other"));
        Assert.Null(await world.FindAsync<LoadBalancer>("svc-none"));
    }

    [Fact]
    public async Task Service_NoLongerALoadBalancer_LeavesNothing()
    {
        Assert.SkipWhen(World.IsShared, Old);
        await using World world = await World.StartAsync(withServices: true);
        await world.PoolAsync("pool", "198.51.100.0/29");
        using Gateway a = await NodeAsync(world, "node-a", "192.0.2.1");
        Service service = await world.CreateAsync(Cases.Service("web", s => s.IpFamilies = ["IPv4"]));
        await world.SeesAsync<LoadBalancer>("svc-web", l => l.Status?.Ips?.Count == 1, "an address");
        await world.SeesAsync<LoadBalancerRouting>("svc-web", r => r.Destinations?.Count == 1, "a routing");
        await a.ReportAsync(world, "svc-web");
        service = await world.SeesAsync<Service>("web", s => s.Status?.LoadBalancer?.Ingress?.Count == 1, "published");

        await world.Client.UpdateAsync(service, s => (s.Spec.Type, s.Spec.LoadBalancerClass) = ("ClusterIP", null), Token);
        await world.SeesAsync<LoadBalancer>("svc-web", l => l.IsBeingDeleted, "on its way out");
        await a.LetGoAsync(world, "svc-web");
        service = await world.SeesAsync<Service>("web", s => s.Metadata.Finalizers is null && Served(s) is null, "as if nothing had been");
        Assert.Null(service.Status?.LoadBalancer?.Ingress);
        await world.GoneAsync<LoadBalancer>("svc-web");
        await world.GoneAsync<Network>("lodestone-services");
    }

    [Fact]
    public async Task Service_NameTaken_IsToldAndHeals()
    {
        Assert.SkipWhen(World.IsShared, Old);
        await using World world = await World.StartAsync(withServices: true);
        using Gateway a = await NodeAsync(world, "node-a", "192.0.2.1");
        LoadBalancer taken = await world.LoadBalancerAsync("svc-web");
        await world.CreateAsync(Cases.Service("web", s => s.LoadBalancerIP = "198.51.100.7"));
        await world.SeesAsync<Service>("web", s => Served(s)?.Reason == "NameTaken", "taken");
        await world.EventAsync("web", "NameTaken");
        await world.EventAsync("web", "FieldsIgnored", e => e.Message!.Contains("spec.loadBalancerIP", StringComparison.Ordinal));

        await world.Client.DeleteAsync<LoadBalancer>(taken.Key, null, Token);
        await world.SeesAsync<Service>("web", s => Served(s)?.Reason == "LoadBalancerPending", "its own");
    }

    private static Condition? Served(Service service) => service.Status?.Conditions?.Find(c => c.Type == "lodestone.dev/Served");

    /// <summary>A node and the agent on it.</summary>
    private static async Task<Gateway> NodeAsync(World world, string name, params string[] addresses)
    {
        Gateway gateway = await Gateway.StartAsync(world, name);
        Host host = (await world.FindAsync<Host>(name, ""))!;
        await gateway.Client.UpdateAsync(host, h => h.Spec.UnderlayAddresses = [.. addresses], Token);
        Node node = await world.CreateAsync(new Node { Metadata = new ObjectMeta { Name = name } });
        await world.Client.UpdateStatusAsync(node, n => n.Status = Cases.Node(name).Status, Token);
        return gateway;
    }
}
