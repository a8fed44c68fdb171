using Lodestone.Api.BuiltIn;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Networks from their VNI to their end, and what connects them.</summary>
public sealed class NetworkTests
{
    [Fact]
    public async Task Networks_MoreThanVnis_LastIsPendingUntilAnotherGoes()
    {
        await using World world = await World.StartAsync(new ControllerOptions { MinVni = 300, MaxVni = 302 });
        foreach (string name in (string[])["a", "b", "c"])
        {
            await world.NetworkAsync(name);
        }

        List<string> vnis = [];
        foreach (string name in (string[])["a", "b", "c"])
        {
            vnis.Add((await world.SeesAsync<Network>(name, n => n.Status?.State == "Available", "a VNI")).Spec!.ProviderID!);
        }

        Assert.Equal(["lodestone://300", "lodestone://301", "lodestone://302"], vnis.Order(StringComparer.Ordinal));
        await world.NetworkAsync("d");
        Network waiting = await world.SeesAsync<Network>("d", n => n.Status?.Conditions.Of("Ready")?.Reason == "NoFreeVNI", "the full range");
        Assert.Equal("Pending", waiting.Status!.State);
        Assert.Null(waiting.Spec?.ProviderID);

        await world.Client.DeleteAsync<Network>(new ObjectKey("default", "b"), null, TestContext.Current.CancellationToken);

        Network served = await world.SeesAsync<Network>("d", n => n.Status?.State == "Available", "the VNI that came back");
        Assert.Equal(vnis[1], served.Spec!.ProviderID);
        NetworkID id = (await world.FindAsync<NetworkID>(vnis[1]["lodestone://".Length..], ns: ""))!;
        Assert.Equal(served.Metadata.Uid, id.Spec.ClaimRef!.Uid);
    }

    [Theory]
    [InlineData("lodestone://")]
    [InlineData("lodestone://199")]
    [InlineData("lodestone://16777216")]
    [InlineData("lodestone://net/1")]
    public async Task Network_ProviderIdThatIsNoVni_IsAnErrorThatNamesIt(string providerId)
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync(Wish("default", "a", providerId));

        Network network = await world.SeesAsync<Network>("a", n => n.Status?.Conditions.Of("Ready")?.Reason == "InvalidProviderID", "the refusal");

        Assert.Equal("Error", network.Status!.State);
        Assert.Contains($"\"{providerId}\"", network.Status.Conditions.Of("Ready")!.Message, StringComparison.Ordinal);
        Assert.Empty(await world.Client.ListAsync<NetworkID>(new Lodestone.Client.Http.ListOptions(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Network_WantsATakenVni_GetsItWhenTheOtherGoes()
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync(Wish("default", "first", "lodestone://4711"));
        await world.SeesAsync<Network>("first", n => n.Status?.State == "Available", "the network");
        await world.CreateAsync(Wish("default", "second", "lodestone://4711"));
        await world.SeesAsync<Network>("second", n => n.Status?.Conditions.Of("Ready")?.Reason == "VNIConflict", "the conflict");

        await world.Client.DeleteAsync<Network>(new ObjectKey("default", "first"), null, TestContext.Current.CancellationToken);

        Network second = await world.SeesAsync<Network>("second", n => n.Status?.State == "Available", "the VNI");
        Assert.Equal(second.Metadata.Uid, (await world.FindAsync<NetworkID>("4711", ns: ""))!.Spec.ClaimRef!.Uid);
    }

    [Fact]
    public async Task Network_OfAnotherProvider_IsNotTouched()
    {
        await using World world = await World.StartAsync();
        await NamespaceAsync(world, "team");
        Network foreign = await world.CreateAsync(Wish("default", "foreign", "ironcore-net://ns/name/200/uid", ("team", "ours")));
        await world.CreateAsync(Wish("team", "ours", null, ("default", "foreign")));

        Network ours = await world.SeesAsync<Network>(
            "ours",
            n => n.Status?.State == "Available" && n.Status.Conditions.Of("PeeringsReady")?.Reason == "PeerOfAnotherProvider",
            "the refusal",
            ns: "team");
        await world.Client.DeleteAsync<Network>(ours.Key, null, TestContext.Current.CancellationToken);
        await world.GoneAsync<Network>("ours", ns: "team");

        Network after = (await world.FindAsync<Network>("foreign"))!;
        Assert.Equal("Error", Assert.Single(ours.Status!.Peerings!).State);
        Assert.Null(ours.Spec!.IncomingPeerings);
        Assert.Equal(foreign.Metadata.ResourceVersion, after.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task NetworkID_ThatItsNetworkDoesNotUse_IsGivenBack()
    {
        await using World world = await World.StartAsync();
        Network foreign = await world.CreateAsync(Wish("default", "foreign", "other://1"));
        await world.CreateAsync(new NetworkID
        {
            Metadata = new ObjectMeta { Name = "4711" },
            Spec = new NetworkIDSpec
            {
                ClaimRef = new ClaimRef { Group = "networking.ironcore.dev", Resource = "networks", Namespace = "default", Name = "foreign", Uid = foreign.Metadata.Uid! },
            },
        });

        await world.GoneAsync<NetworkID>("4711", ns: "");
    }

    [Fact]
    public async Task Peering_BothWishIt_IsAgreedWithPrefixesAndEndsWithEitherWish()
    {
        await using World world = await World.StartAsync();
        await NamespaceAsync(world, "team");
        Network wish = Wish("default", "a", null, ("team", "b"));
        wish.Spec!.Peerings![0].Prefixes =
        [
            new PeeringPrefix { Name = "literal", Prefix = "10.0.0.0/24" },
            new PeeringPrefix { Name = "pool", PrefixRef = new LocalObjectReference { Name = "pool" } },
        ];
        await world.CreateAsync(wish);
        await world.SeesAsync<Network>("a", n => n.Status?.Conditions.Of("PeeringsReady")?.Reason == "PeerNotFound", "the missing peer");
        Network b = await world.CreateAsync(Wish("team", "b", null));
        await world.SeesAsync<Network>("a", n => n.Status?.Conditions.Of("PeeringsReady")?.Reason == "NotMutual", "the one-sided wish");
        Assert.Null((await world.FindAsync<Network>("b", ns: "team"))!.Spec?.IncomingPeerings);

        b = (await world.Client.UpdateAsync(b, n => n.Spec = Wish("team", "b", n.Spec?.ProviderID, ("default", "a")).Spec, TestContext.Current.CancellationToken))!;
        Network a = await world.SeesAsync<Network>("a", n => n.Status?.Conditions.Of("PeeringsReady")?.Reason == "PrefixNotFound", "the missing prefix");
        Assert.Equal("Pending", Assert.Single(a.Status!.Peerings!).State);
        Prefix pool = await world.CreateAsync(new Prefix { Metadata = new ObjectMeta { Namespace = "default", Name = "pool" }, Spec = new PrefixSpec { Prefix = "10.1.0.0/16" } });
        await world.Client.UpdateStatusAsync(pool, p => p.Status = new PrefixStatus { Phase = "Allocated" }, TestContext.Current.CancellationToken);

        a = await world.SeesAsync<Network>("a", n => n.Status?.Conditions.IsTrue("PeeringsReady") == true, "the peering");
        b = await world.SeesAsync<Network>("b", n => n.Status?.Conditions.IsTrue("PeeringsReady") == true, "the peering", ns: "team");
        NetworkPeeringClaimRef claim = Assert.Single(a.Spec!.IncomingPeerings!);
        Assert.Equal(("team", "b", b.Metadata.Uid), (claim.Namespace, claim.Name, claim.Uid));
        claim = Assert.Single(b.Spec!.IncomingPeerings!);
        Assert.Equal(("default", "a", a.Metadata.Uid), (claim.Namespace, claim.Name, claim.Uid));
        NetworkPeeringStatus state = Assert.Single(a.Status!.Peerings!);
        Assert.Equal(("p0", "Ready"), (state.Name, state.State));
        Assert.Equal(["literal 10.0.0.0/24", "pool 10.1.0.0/16"], state.Prefixes!.Select(p => $"{p.Name} {p.Prefix}"));

        await world.Client.UpdateAsync(b, n => n.Spec!.Peerings = null, TestContext.Current.CancellationToken);

        await world.SeesAsync<Network>("b", n => n.Spec?.IncomingPeerings is null && n.Status?.Peerings is null && n.Status?.Conditions.Of("PeeringsReady") is null, "the end", ns: "team");
        a = await world.SeesAsync<Network>("a", n => n.Spec?.IncomingPeerings is null && n.Status?.Peerings?[0].State == "Pending", "the end");
        Assert.Null(a.Status!.Peerings![0].Prefixes);
    }

    [Fact]
    public async Task Network_PeeredWithOneOfAnotherNamespace_IsProtectedUntilThePeeringEnds()
    {
        await using World world = await World.StartAsync();
        await NamespaceAsync(world, "team");
        Network a = await world.CreateAsync(Wish("default", "a", null, ("team", "b")));
        Network b = await world.CreateAsync(Wish("team", "b", null, ("default", "a")));
        await world.SeesAsync<Network>("a", n => n.Spec?.IncomingPeerings is not null, "the peering");
        await world.SeesAsync<Network>("b", n => n.Spec?.IncomingPeerings is not null, "the peering", ns: "team");

        await world.Client.DeleteAsync<Network>(a.Key, null, TestContext.Current.CancellationToken);
        Event told = await world.EventAsync("a", "NetworkInUse");
        Assert.Contains("team/b", told.Message, StringComparison.Ordinal);
        Assert.NotNull(await world.FindAsync<Network>("a"));

        await world.Client.UpdateAsync(b, n => n.Spec!.Peerings = null, TestContext.Current.CancellationToken);
        await world.GoneAsync<Network>("a");
    }

    [Fact]
    public async Task Networks_PeeredAndBothDeleted_DoNotWaitForEachOther()
    {
        await using World world = await World.StartAsync();
        Network a = await world.CreateAsync(Wish("default", "a", null, ("default", "b")));
        Network b = await world.CreateAsync(Wish("default", "b", null, ("default", "a")));
        await world.SeesAsync<Network>("a", n => n.Status?.Conditions.IsTrue("PeeringsReady") == true, "the peering");
        await world.SeesAsync<Network>("b", n => n.Status?.Conditions.IsTrue("PeeringsReady") == true, "the peering");

        await world.Client.DeleteAsync<Network>(a.Key, null, TestContext.Current.CancellationToken);
        await world.EventAsync("a", "NetworkInUse");
        await world.Client.DeleteAsync<Network>(b.Key, null, TestContext.Current.CancellationToken);

        await world.GoneAsync<Network>("a");
        await world.GoneAsync<Network>("b");
    }

    [Fact]
    public async Task Network_OnlyWishedForByAnother_GoesAtOnce()
    {
        await using World world = await World.StartAsync();
        await NamespaceAsync(world, "team");
        await world.NetworkAsync("a");
        await world.CreateAsync(Wish("team", "b", null, ("default", "a")));
        await world.SeesAsync<Network>("a", n => n.Status?.State == "Available", "the network");
        await world.SeesAsync<Network>("b", n => n.Status?.Conditions.Of("PeeringsReady")?.Reason == "NotMutual", "the wish", ns: "team");

        await world.Client.DeleteAsync<Network>(new ObjectKey("default", "a"), null, TestContext.Current.CancellationToken);

        await world.GoneAsync<Network>("a");
    }

    [Fact]
    public async Task Peering_PeerIsMadeAnew_IsAgreedWithTheNewOne()
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync(Wish("default", "a", null, ("default", "b")));
        Network former = await world.CreateAsync(Wish("default", "b", null, ("default", "a")));
        await world.SeesAsync<Network>("a", n => n.Spec?.IncomingPeerings is not null, "the peering");
        await world.SeesAsync<Network>("b", n => n.Spec?.IncomingPeerings is not null, "the peering");

        // By force: its protection is taken off by hand.
        await world.Client.DeleteAsync<Network>(former.Key, null, TestContext.Current.CancellationToken);
        await world.Client.UpdateAsync((await world.FindAsync<Network>("b"))!, n => n.Metadata.Finalizers = null, TestContext.Current.CancellationToken);
        await world.SeesAsync<Network>("a", n => n.Spec?.IncomingPeerings is null && n.Status?.Peerings?[0].State == "Pending", "the release");
        Network anew = await world.CreateAsync(Wish("default", "b", null, ("default", "a")));

        Network a = await world.SeesAsync<Network>("a", n => n.Status?.Conditions.IsTrue("PeeringsReady") == true, "the new peering");
        Assert.NotEqual(former.Metadata.Uid, anew.Metadata.Uid);
        Assert.Equal(anew.Metadata.Uid, Assert.Single(a.Spec!.IncomingPeerings!).Uid);
    }

    [Fact]
    public async Task IncomingPeering_WrittenByHand_IsTakenOut()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync("a");
        Network b = Wish("default", "b", null);
        b.Spec!.IncomingPeerings = [new NetworkPeeringClaimRef { Name = "a" }];
        await world.CreateAsync(b);

        await world.SeesAsync<Network>("b", n => n.Spec?.IncomingPeerings is null && n.Status?.State == "Available", "no peering");
    }

    private static Task<Namespace> NamespaceAsync(World world, string name) => world.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } });

    private static Network Wish(string ns, string name, string? providerId, params (string Namespace, string Name)[] peers) => new()
    {
        Metadata = new ObjectMeta { Namespace = ns, Name = name },
        Spec = new NetworkSpec
        {
            ProviderID = providerId,
            Peerings = peers.Length == 0 ? null : [.. peers.Select((p, i) => new NetworkPeering
            {
                Name = $"p{i}",
                NetworkRef = new NetworkPeeringNetworkRef { Namespace = p.Namespace == ns ? null : p.Namespace, Name = p.Name },
            })],
        },
    };
}
