using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>What load balancers say of their gateways, and when a deleted one and its addresses go.</summary>
public sealed class GatewayTests
{
    private const string Finalizer = "lodestone.dev/datapath";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateways_ReportOneAfterTheOther_ConditionCountsThemAndNamesTheMissing()
    {
        await using World world = await ServedAsync();
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        using Gateway two = await Gateway.StartAsync(world, "gw-2");
        using Gateway three = await Gateway.StartAsync(world, "hv-1", role: "Hypervisor");

        await ProgrammedAsync(world, "False", "GatewayPending", "0 of 2 gateways; Host gw-1 has not reported yet; look at its agent's log; Host gw-2 has not reported yet; look at its agent's log");
        await one.ReportAsync(world, "web");
        await ProgrammedAsync(world, "False", "GatewayPending", "1 of 2 gateways; Host gw-2 has not reported yet; look at its agent's log");
        await two.ReportAsync(world, "web", e => (e.State, e.Reason, e.Message) = ("Failed", "CapacityExceeded", "raise RingSlots"));
        await ProgrammedAsync(world, "False", "PartlyProgrammed", "1 of 2 gateways; Host gw-2: raise RingSlots");
        await two.ReportAsync(world, "web");
        LoadBalancer lb = await ProgrammedAsync(world, "True", "Programmed", "2 of 2 gateways");

        Assert.Equal(("Ready", "1/1", lb.Metadata.Generation), (lb.Status!.State, lb.Status.ReadyTargets, lb.Status.Conditions.Of("Programmed")!.ObservedGeneration));
        Assert.Equal(["gw-1", "gw-2"], lb.Status.Gateways!.Select(g => g.Name).Order(StringComparer.Ordinal));
        await world.EventAsync("web", "PartlyProgrammed");
        await world.EventAsync("web", "Programmed");
    }

    [Fact]
    public async Task Gateways_ReportAndLetGoAtTheSameTime_NoneIsLostAndNoneNeedsTwoWrites()
    {
        await using World world = await ServedAsync();
        Gateway[] gateways = [.. await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Gateway.StartAsync(world, $"gw-{i}")))];

        await Task.WhenAll(gateways.Select(gateway => gateway.ReportAsync(world, "web")));
        LoadBalancer lb = await ProgrammedAsync(world, "True", "Programmed", "8 of 8 gateways");
        Assert.Equal(gateways.Select(gateway => gateway.Name), lb.Status!.Gateways!.Select(g => g.Name).Order(StringComparer.Ordinal));

        await world.Client.UpdateAsync(lb, l => l.Metadata.Finalizers!.Add("example.com/hold"), Token);
        await world.Client.DeleteAsync<LoadBalancer>(lb.Key, null, Token);
        await Task.WhenAll(gateways.Select(gateway => gateway.LetGoAsync(world, "web")));
        LoadBalancer held = await world.SeesAsync<LoadBalancer>("web", l => l.Metadata.Finalizers is ["example.com/hold"], "ours is gone");
        Assert.Empty(held.Status!.Gateways ?? []);
        Array.ForEach(gateways, gateway => gateway.Dispose());
    }

    [Fact]
    public async Task Gateway_LeaseLapses_IsCountedAndNamedAndItsHostIsForgottenWhenDeleted()
    {
        await using World world = await ServedAsync();
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        using Gateway two = await Gateway.StartAsync(world, "gw-2", leaseSeconds: 1);
        await one.ReportAsync(world, "web");
        await two.ReportAsync(world, "web");

        await ProgrammedAsync(
            world,
            "False",
            "PartlyProgrammed",
            "1 of 2 gateways; Host gw-2 is not Ready (LeaseExpired: the agent no longer renews its Lease; is the machine up, and does it reach the API server?)");
        await world.Client.DeleteAsync<Host>(new ObjectKey("", "gw-2"), null, Token);
        LoadBalancer lb = await ProgrammedAsync(world, "True", "Programmed", "1 of 1 gateways");

        Assert.Equal("gw-1", Assert.Single(lb.Status!.Gateways!).Name);
    }

    [Fact]
    public async Task Gateway_HearsSomebodyElseClaimAnAddress_ConditionNamesHimUntilHeIsGone()
    {
        await using World world = await ServedAsync();
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        await one.ReportAsync(world, "web", g => (g.Reason, g.Message) = ("AddressContested", "somebody at 02:00:00:00:00:66 on eth0 claims it too"));

        LoadBalancer contested = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.State == "AddressContested", "the contest");
        Condition told = contested.Status!.Conditions.Of("AddressesUncontested")!;
        Assert.Equal(("False", "Host gw-1: somebody at 02:00:00:00:00:66 on eth0 claims it too"), (told.Status, told.Message));
        Assert.Equal("True", contested.Status.Conditions.Of("Programmed")!.Status);
        await world.EventAsync("web", "AddressContested");

        await one.ReportAsync(world, "web");
        LoadBalancer free = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("AddressesUncontested")?.Status == "True", "its end");
        Assert.Equal("AddressesFree", free.Status!.Conditions.Of("AddressesUncontested")!.Reason);
        Assert.NotEqual("AddressContested", free.Status.State);
    }

    [Fact]
    public async Task Gateway_LagsBehindAChange_ConditionStaysAndSpeaksOfTheOlderGenerationUntilItGivesUp()
    {
        await using World world = await ServedAsync(new ControllerOptions { GatewayPatience = TimeSpan.FromSeconds(4) });
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        await one.ReportAsync(world, "web");
        LoadBalancer lb = await ProgrammedAsync(world, "True", "Programmed", "1 of 1 gateways");
        long generation = lb.Metadata.Generation!.Value;
        string since = lb.Status!.Conditions.Of("Programmed")!.LastTransitionTime.ToString()!;

        await world.Client.UpdateAsync(lb, l => l.Spec.Ports![0].Port = 81, Token);
        LoadBalancer lagging = await world.SeesAsync<LoadBalancer>("web", l => l.Status!.ObservedGeneration == generation + 1, "the new generation");
        Condition programmed = lagging.Status!.Conditions.Of("Programmed")!;
        Assert.Equal(("True", generation, since), (programmed.Status, programmed.ObservedGeneration, programmed.LastTransitionTime.ToString()));
        await ProgrammedAsync(world, "False", "GatewayBehind", $"0 of 1 gateways; Host gw-1 still has generation {generation} of the LoadBalancer, not {generation + 1}; look at its agent's log");

        await one.ReportAsync(world, "web");
        LoadBalancer caughtUp = await ProgrammedAsync(world, "True", "Programmed", "1 of 1 gateways");
        Assert.Equal(generation + 1, caughtUp.Status!.Conditions.Of("Programmed")!.ObservedGeneration);
    }

    [Fact]
    public async Task Gateway_HasAnOlderRing_IsBehind()
    {
        await using World world = await ServedAsync(new ControllerOptions { GatewayPatience = TimeSpan.Zero });
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        await one.ReportAsync(world, "web");
        await ProgrammedAsync(world, "True", "Programmed", "1 of 1 gateways");

        await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        await ProgrammedAsync(world, "False", "GatewayBehind", "0 of 1 gateways; Host gw-1 still has the targets of ring generation 1, not 2; look at its agent's log");
        await one.ReportAsync(world, "web");
        await ProgrammedAsync(world, "True", "Programmed", "1 of 1 gateways");
    }

    [Fact]
    public async Task Gateways_HaveDifferentTables_IsToldAfterATimeAndGoesByItself()
    {
        await using World world = await ServedAsync(new ControllerOptions { TableSettling = TimeSpan.FromSeconds(1) });
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        using Gateway two = await Gateway.StartAsync(world, "gw-2");
        await one.ReportAsync(world, "web", e => e.TableFingerprint = "00000000000000aa");
        LoadBalancer agreed = await two.ReportAsync(world, "web", e => e.TableFingerprint = "00000000000000aa");
        Assert.Null(agreed.Status!.Conditions.Of("GatewaysAgree"));
        await ProgrammedAsync(world, "True", "Programmed", "2 of 2 gateways");

        await two.ReportAsync(world, "web", e => e.TableFingerprint = "00000000000000bb");
        LoadBalancer differs = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.State == "TablesDiffer", "the disagreement");
        Condition told = differs.Status!.Conditions.Of("GatewaysAgree")!;
        Assert.Equal(("False", "TablesDiffer", differs.Metadata.Generation), (told.Status, told.Reason, told.ObservedGeneration));
        Assert.StartsWith("Host gw-1 has table 00000000000000aa and Host gw-2 00000000000000bb", told.Message, StringComparison.Ordinal);
        Assert.Equal("True", differs.Status.Conditions.Of("Programmed")!.Status);
        await world.EventAsync("web", "TablesDiffer");

        await two.ReportAsync(world, "web", e => e.TableFingerprint = "00000000000000aa");
        LoadBalancer agrees = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.State == "Ready", "the agreement");
        Assert.Equal(("True", "TablesEqual"), (agrees.Status!.Conditions.Of("GatewaysAgree")!.Status, agrees.Status.Conditions.Of("GatewaysAgree")!.Reason));
        await world.EventAsync("web", "TablesEqual");
    }

    [Fact]
    public async Task LoadBalancer_Settled_NothingIsWrittenAnyMore()
    {
        await using World world = await ServedAsync();
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        await one.ReportAsync(world, "web");
        LoadBalancer settled = await ProgrammedAsync(world, "True", "Programmed", "1 of 1 gateways");

        // Whatever would still be written is, while others come and settle too.
        for (int i = 0; i < 3; i++)
        {
            await world.LoadBalancerAsync($"lb-{i}", l => l.Spec.IpFamilies = ["IPv4"]);
            await world.SeesAsync<LoadBalancer>($"lb-{i}", l => l.Status?.State == "GatewayPending", "the state");
        }

        Assert.Equal(settled.Metadata.ResourceVersion, (await world.FindAsync<LoadBalancer>("web"))!.Metadata.ResourceVersion);
        List<Event> events = await world.Client.ListAsync<Event>(new ListOptions(), Token);
        Assert.All(events.Where(e => e.InvolvedObject?.Name == "web"), e => Assert.True(e.Count == 1, $"{e.Reason} {e.Count} times"));
    }

    [Fact]
    public async Task LoadBalancer_WithAddress_HasTheFinalizerFromTheStart()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.LoadBalancerAsync("web", l => l.Spec.IpFamilies = ["IPv4"]);
        LoadBalancer waiting = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("AddressesAllocated") is not null, "a decision");
        Assert.Null(waiting.Metadata.Finalizers);
        string? version = waiting.Metadata.ResourceVersion;

        await world.PoolAsync("v4", "203.0.113.0/28");
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips?.Count == 1, "the address");

        // The first version with an address has it.
        await foreach (WatchEvent<LoadBalancer> seen in world.Client.WatchAsync<LoadBalancer>(new WatchOptions { Namespace = "default", ResourceVersion = version }, Token))
        {
            if (seen.Item!.Status?.Ips is not null)
            {
                Assert.Equal([Finalizer], seen.Item.Metadata.Finalizers);
                break;
            }
        }
    }

    [Fact]
    public async Task LoadBalancer_DeletedWithoutAnyAgent_GoesAtOnce()
    {
        await using World world = await ServedAsync();
        string ip = (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips![0];

        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "web"), null, Token);

        await world.GoneAsync<LoadBalancer>("web");
        await world.GoneAsync<IPAddress>(ip, ns: "");
    }

    [Fact]
    public async Task LoadBalancer_Deleted_StaysUntilEveryGatewayHasLetGoAndOnlyThenIsItsAddressReleased()
    {
        await using World world = await ServedAsync();
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        using Gateway two = await Gateway.StartAsync(world, "gw-2");
        await one.ReportAsync(world, "web");
        await two.ReportAsync(world, "web");

        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "web"), null, Token);
        Event told = await world.EventAsync("web", "DeletionWaits");
        Assert.Equal("deletion waits until the addresses are out of the data path of Host gw-1, gw-2; do their agents run?", told.Message);
        await one.LetGoAsync(world, "web");
        Event again = await world.EventAsync("web", "DeletionWaits", e => !e.Message!.Contains("gw-1", StringComparison.Ordinal));
        Assert.Contains("of Host gw-2;", again.Message, StringComparison.Ordinal);
        LoadBalancer held = (await world.FindAsync<LoadBalancer>("web"))!;
        Assert.Equal([Finalizer], held.Metadata.Finalizers);
        string ip = held.Status!.Ips![0];
        Assert.Null((await world.FindAsync<IPAddress>(ip, ns: ""))!.Status?.ReleasedAt);

        await two.LetGoAsync(world, "web");
        await world.GoneAsync<LoadBalancer>("web");
        await world.GoneAsync<IPAddress>(ip, ns: "");
    }

    [Fact]
    public async Task LoadBalancer_DeletedWhileAGatewayIsOutOfReach_GoesAfterTheQuarantine()
    {
        await using World world = await ServedAsync(new ControllerOptions { AddressQuarantine = TimeSpan.FromSeconds(3), MassLossGrace = TimeSpan.FromMilliseconds(500) });
        using Gateway one = await Gateway.StartAsync(world, "gw-1", leaseSeconds: 1);
        await one.ReportAsync(world, "web");
        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "web"), null, Token);

        Host host = await world.SeesAsync<Host>("gw-1", h => h.Status?.Conditions.Of("Ready")?.Reason == "LeaseExpired", "the lapse", ns: "");
        await world.EventAsync("web", "DeletionWaits", e => e.Message!.Contains("the agent of gw-1 is out of reach, which is waited for 3 s: start it, or delete the Host", StringComparison.Ordinal));
        await world.GoneAsync<LoadBalancer>("web");

        Assert.True(TimeProvider.System.GetUtcNow() - host.Status!.Conditions.Of("Ready")!.LastTransitionTime >= TimeSpan.FromSeconds(3), "it went before the quarantine was over");
    }

    [Fact]
    public async Task LoadBalancer_DeletedWhileAGatewayHolds_GoesWhenItsHostIsDeleted()
    {
        await using World world = await ServedAsync();
        using Gateway one = await Gateway.StartAsync(world, "gw-1");
        await one.ReportAsync(world, "web");
        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "web"), null, Token);
        await world.EventAsync("web", "DeletionWaits");

        await world.Client.DeleteAsync<Host>(new ObjectKey("", "gw-1"), null, Token);

        await world.GoneAsync<LoadBalancer>("web");
    }

    private static async Task<World> ServedAsync(ControllerOptions? options = null)
    {
        World world = await World.StartAsync((options ?? new ControllerOptions()) with { AddressQuarantine = options is { AddressQuarantine.TotalSeconds: < 60 } ? options.AddressQuarantine : TimeSpan.FromMilliseconds(200) });
        await world.PoolAsync("v4", "203.0.113.0/28");
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.LoadBalancerAsync("web", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.State == "NoGateway" && l.Status.Targets == 1, "all but a gateway");
        return world;
    }

    private static Task<LoadBalancer> ProgrammedAsync(World world, string status, string reason, string message) => world.SeesAsync<LoadBalancer>(
        "web",
        l => l.Status?.Conditions.Of("Programmed") is { } c && c.Status == status && c.Reason == reason && c.Message == message,
        $"Programmed {status} {reason}: {message}");
}
