using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>What a LoadBalancerPolicy makes of a routing, and what it says of itself.</summary>
public sealed class PolicyTests
{
    [Fact]
    public async Task Policy_Attached_RoutingSaysWhatItAsks()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both");

        LoadBalancerPolicy policy = await world.PolicyAsync("p", "web", s => (s.SessionAffinity, s.Echo, s.TransitionSeconds) = ("SourceAddress", "Drop", 600));
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Policy?.Key?.By == "Client" && r.Policy.Echo == "Drop", "affinity");
        Assert.Equal("Flow", routing.RingHistory![^1].KeyBefore?.By);
        Assert.InRange(routing.RingHistory[^1].Until, TimeProvider.System.GetUtcNow().AddMinutes(9), TimeProvider.System.GetUtcNow().AddSeconds(601));
        await world.SeesAsync<LoadBalancerPolicy>("p", p => Is(p, "Accepted", "True", "Accepted") && Is(p, "Attached", "True", "Attached"), "attached");

        await world.Client.UpdateAsync(policy, p => p.Spec.SessionAffinity = null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Policy is { Key: null, Generation: 2 }, "no affinity");
        await world.SeesAsync<LoadBalancerPolicy>("p", p => p.Status?.Conditions?.Find(c => c.Type == "Attached") is { Status: "True", ObservedGeneration: 2 }, "attached again");

        await world.Client.DeleteAsync<LoadBalancerPolicy>(policy.Key, null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Policy is null, "no policy");
    }

    [Fact]
    public async Task HealthCheck_ResultsOfAgents_TakeTargetsOutAndBringThemBack()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        NetworkInterface a = await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        NetworkInterface b = await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        LoadBalancer lb = await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both");

        // That there are to be results changes nothing.
        await world.PolicyAsync("p", "web", s => s.HealthCheck = new HealthCheck { Tcp = new TcpHealthCheck { Port = 80 } });
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Policy?.HealthCheck?.Tcp?.Port == 80, "the check");
        Assert.Equal(2, routing.Destinations!.Count);
        await FindAsync(world, a, lb, TargetHealth.Healthy);
        await FindAsync(world, b, lb, TargetHealth.Unhealthy);
        routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations is [{ Name: "nic-a" }], "one");
        Assert.True(Assert.Single(routing.Draining!) is { Name: "nic-b", Unhealthy: true } left && left.Deadline <= TimeProvider.System.GetUtcNow());
        await world.SeesAsync<LoadBalancer>(
            "web",
            l => l.Status?.Conditions?.Find(c => c.Type == "TargetsReady") is { Status: "True", Message: "1 of 2 selected network interfaces take new flows; health checks leave out nic-b" }
                && l.Status.DrainingTargets is null or 0,
            "one left out");

        // A new one waits for its first result.
        NetworkInterface c = await world.InterfaceAsync("nic-c", ["10.0.0.3"]);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Draining?.Count == 2 && r.Destinations?.Count == 1, "the new one waits");
        await FindAsync(world, c, lb, TargetHealth.Healthy);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2 && r.Draining?.Count == 1, "the new one");

        // Without a healthy one all count, and it is told.
        await FindAsync(world, a, lb, TargetHealth.Unhealthy);
        await FindAsync(world, c, lb, TargetHealth.Unhealthy);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 3 && r.Draining is null, "all");
        await world.SeesAsync<LoadBalancer>(
            "web",
            l => l.Status?.Conditions?.Find(c => c.Type == "TargetsReady") is { Status: "False", Reason: "AllTargetsUnhealthy" } found && found.Message!.Contains(": it is broken)", StringComparison.Ordinal),
            "all unhealthy");

        await FindAsync(world, b, lb, TargetHealth.Healthy);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations is [{ Name: "nic-b" }], "the healthy one");
        await world.Client.DeleteAsync<LoadBalancerPolicy>(new ObjectKey("default", "p"), null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 3 && r.Draining is null, "all without a policy");
    }

    [Fact]
    public async Task SlowStart_OneJoinsAndControllersChange_ItsWeightGrowsToTheDeclaredOne()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.LoadBalancerAsync("web");
        await world.PolicyAsync("p", "web", s => s.SlowStartSeconds = 20);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1 && r.Policy is not null, "the first");
        Assert.Null(routing.Destinations![0].SlowStartTime);

        await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        List<int> weights = [];
        routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "the second");
        DateTimeOffset? began = routing.Destinations!.Find(d => d.Name == "nic-b")!.SlowStartTime;
        Assert.NotNull(began);
        Assert.Null(routing.Destinations.Find(d => d.Name == "nic-a")!.SlowStartTime);
        await world.SeesAsync<LoadBalancer>(
            "web", l => l.Status?.Conditions?.Find(c => c.Type == "TargetsReady")?.Message == "2 of 2 selected network interfaces take new flows; starting slowly: nic-b", "that it starts");

        await world.SeesAsync<LoadBalancerRouting>(
            "web",
            r =>
            {
                LoadBalancerDestination joined = r.Destinations!.Find(d => d.Name == "nic-b")!;
                if (weights.Count == 0 || weights[^1] != (joined.Weight ?? 100))
                {
                    weights.Add(joined.Weight ?? 100);
                }

                Assert.True(joined.SlowStartTime is null || joined.SlowStartTime == began);
                return weights.Count >= 3;
            },
            "two steps",
            seconds: 60);
        await world.StopControllersAsync();
        world.StartControllers();
        routing = await world.SeesAsync<LoadBalancerRouting>(
            "web",
            r =>
            {
                LoadBalancerDestination joined = r.Destinations!.Find(d => d.Name == "nic-b")!;
                weights.Add(joined.Weight ?? 100);
                return joined.SlowStartTime is null;
            },
            "the declared weight",
            seconds: 60);

        Assert.Equal(weights.Order(), weights);
        Assert.Equal((17, null), (weights[0], routing.Destinations!.Find(d => d.Name == "nic-b")!.Weight));
        Assert.True(TimeProvider.System.GetUtcNow() >= began!.Value.AddSeconds(15), "it had its weight too early");
    }

    [Fact]
    public async Task Quic_ServerIDs_AreToldAndJudged()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.InterfaceAsync("nic-b", ["10.0.1.1"]);
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both");

        LoadBalancerPolicy policy = await world.PolicyAsync("p", "web", s => s.Quic = new QuicRouting { ServerIDLength = 1, Ports = [443] });
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Policy?.Quic is { ServerIDLength: 1, ConfigID: 0, Ports: [443] }, "QUIC");
        Assert.Null(routing.RingHistory);
        policy = await world.SeesAsync<LoadBalancerPolicy>("p", p => Is(p, "Attached", "True", "Attached") && Is(p, "ServerIDsUnique", "False", "Shared"), "shared");
        Assert.Contains("10.0.0.1 and 10.0.1.1", policy.Status!.Conditions!.Find(c => c.Type == "ServerIDsUnique")!.Message, StringComparison.Ordinal);
        await world.EventAsync("p", "ServerIDsShared");

        await world.Client.UpdateAsync(policy, p => p.Spec.Quic!.ServerIDLength = 2, TestContext.Current.CancellationToken);
        policy = await world.SeesAsync<LoadBalancerPolicy>("p", p => Is(p, "ServerIDsUnique", "True", "Unique"), "unique");

        await world.Client.UpdateAsync(policy, p => p.Spec.Quic = null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Policy is { Quic: null, Generation: 3 }, "no QUIC");
        await world.SeesAsync<LoadBalancerPolicy>("p", p => p.Status?.Conditions?.Exists(c => c.Type == "ServerIDsUnique") == false, "no condition");
    }

    [Fact]
    public async Task Weights_LabelsAndPolicyChange_AreInTheRouting()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1", "2001:db8::1"]);
        NetworkInterface canary = await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        await world.LoadBalancerAsync("web");
        await world.PolicyAsync("p", "web", s => s.Weights = [new TargetWeight { Selector = Labels("track", "canary"), Weight = 3 }]);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 3 && r.Policy is not null, "all");
        Assert.All(routing.Destinations!, d => Assert.Null(d.Weight));

        await world.Client.UpdateAsync(canary, n => n.Metadata.Labels!["track"] = "canary", TestContext.Current.CancellationToken);
        routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Exists(d => d is { Name: "nic-b", Weight: 3 }) == true, "the canary's weight");
        RingChange change = routing.RingHistory![^1];
        Assert.Equal((3, null), (Assert.Single(change.Added!).Weight, Assert.Single(change.Removed!).Weight));
        Assert.Null(routing.Draining);
    }

    [Fact]
    public async Task Policies_TwoForOne_TheOldestCountsUntilItGoes()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.LoadBalancerAsync("web");
        LoadBalancerPolicy first = await world.PolicyAsync("z", "web", s => s.Echo = "Drop");
        await world.SeesAsync<LoadBalancerPolicy>("z", p => Is(p, "Attached", "True", "Attached"), "attached");
        await Task.Delay(1100, TestContext.Current.CancellationToken); // creation times are whole seconds
        await world.PolicyAsync("a", "web", s => s.SessionAffinity = "SourceAddress");
        LoadBalancerPolicy second = await world.SeesAsync<LoadBalancerPolicy>("a", p => Is(p, "Accepted", "False", "Conflicted") && Is(p, "Attached", "False", "NotAccepted"), "conflict");
        Assert.Contains("LoadBalancerPolicy z", second.Status!.Conditions![0].Message, StringComparison.Ordinal);
        await world.EventAsync("a", "Conflicted");

        await world.Client.DeleteAsync<LoadBalancerPolicy>(first.Key, null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerPolicy>("a", p => Is(p, "Accepted", "True", "Accepted") && Is(p, "Attached", "True", "Attached"), "its turn");
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Policy?.Name == "a", "the other's");
        Assert.Equal(("Client", null), (routing.Policy!.Key?.By, routing.Policy.Echo));
    }

    [Fact]
    public async Task Policy_NothingToAttachTo_SaysSo()
    {
        await using World world = await World.StartAsync();
        await world.PolicyAsync("p", "web");
        await world.SeesAsync<LoadBalancerPolicy>("p", p => Is(p, "Attached", "False", "LoadBalancerNotFound"), "no load balancer");

        LoadBalancer lb = await world.LoadBalancerAsync("web", l => l.Spec.NetworkInterfaceSelector = null);
        await world.SeesAsync<LoadBalancerPolicy>("p", p => Is(p, "Attached", "False", "RoutingNotOurs"), "no selector");

        await world.Client.UpdateAsync(lb, l => l.Spec.NetworkInterfaceSelector = new LabelSelector(), TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerPolicy>("p", p => Is(p, "Attached", "False", "RoutingPending"), "no network");

        await world.NetworkAsync();
        await world.SeesAsync<LoadBalancerPolicy>("p", p => Is(p, "Attached", "True", "Attached"), "attached");
    }

    /// <summary>As an agent writes what it found.</summary>
    private static Task<NetworkInterface?> FindAsync(World world, NetworkInterface nic, LoadBalancer lb, string state) => world.Client.UpdateStatusAsync(
        nic,
        n => n.Status!.Health =
        [
            new TargetHealth
            {
                LoadBalancer = "web",
                Uid = lb.Metadata.Uid!,
                IpFamily = "IPv4",
                State = state,
                Since = TimeProvider.System.GetUtcNow(),
                Message = state == TargetHealth.Healthy ? null : "it is broken",
            },
        ],
        TestContext.Current.CancellationToken);

    private static bool Is(LoadBalancerPolicy policy, string type, string status, string reason) =>
        policy.Status?.Conditions?.Exists(c => c.Type == type && c.Status == status && c.Reason == reason) == true;

    private static LabelSelector Labels(string key, string value) => new() { MatchLabels = new Dictionary<string, string> { [key] = value } };
}
