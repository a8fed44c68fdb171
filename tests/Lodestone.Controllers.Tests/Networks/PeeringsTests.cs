using CsCheck;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Networks;
using Xunit;

namespace Lodestone.Controllers.Tests.Networks;

public sealed class PeeringsTests
{
    [Theory]
    [InlineData("Available", "Available", true)]
    [InlineData("Available", "Pending", false)]
    [InlineData(null, "Available", false)]
    public void Incoming_MutualWish_IsAgreedOnceBothAreAvailable(string? mine, string theirs, bool expected)
    {
        Network a = Net("x/a", "y/b");
        Network b = Net("y/b", "x/a");
        a.Status!.State = mine;
        b.Status!.State = theirs;

        Assert.Equal(expected ? ["y/b b-uid"] : [], Incoming(a, b));
        Assert.Equal(expected ? ["x/a a-uid"] : [], Incoming(b, a));
    }

    [Fact]
    public void Incoming_OneSidedWish_IsNothingToEither()
    {
        Network a = Net("x/a", "y/b");
        Network b = Net("y/b", "z/c");

        Assert.Empty(Incoming(a, b));
        Assert.Empty(Incoming(b, a));
        Assert.False(Peerings.IsUsedBy(b, a));
    }

    [Fact]
    public void Incoming_Agreed_StaysWhileStatesFlap()
    {
        Network a = Agreed(Net("x/a", "y/b"), "y/b", "b-uid");
        Network b = Net("y/b", "x/a");
        a.Status!.State = "Error";
        b.Status!.State = "Pending";

        Assert.Equal(["y/b b-uid"], Incoming(a, b));
    }

    [Fact]
    public void Incoming_PeerIsGone_LetsGo() => Assert.Empty(Incoming(Agreed(Net("x/a", "y/b"), "y/b", "b-uid")));

    [Fact]
    public void Incoming_WishWithdrawn_LetsGoOnBothSides()
    {
        Network a = Agreed(Net("x/a"), "y/b", "b-uid");
        Network b = Agreed(Net("y/b", "x/a"), "x/a", "a-uid");

        Assert.Empty(Incoming(a, b));
        Assert.Empty(Incoming(b, a));
    }

    [Fact]
    public void Incoming_PeerMadeAnew_IsAgreedWithAnewOnceAvailable()
    {
        Network a = Agreed(Net("x/a", "y/b"), "y/b", "former-uid");
        Network b = Net("y/b", "x/a");

        Assert.Equal(["y/b b-uid"], Incoming(a, b));
        b.Status!.State = "Pending";
        Assert.Empty(Incoming(a, b));
        Assert.False(Peerings.HasAgreed(a, b));
    }

    [Fact]
    public void Incoming_WithoutNamespaceAndUid_MeansTheOwnNamespaceAndIsCompleted()
    {
        Network a = Net("x/a", "x/b");
        a.Spec!.Peerings![0].NetworkRef!.Namespace = null;
        a.Spec.IncomingPeerings = [new NetworkPeeringClaimRef { Name = "b" }];
        Network b = Net("x/b", "x/a");

        Assert.Equal(["x/b b-uid"], Incoming(a, b));
    }

    [Fact]
    public void Incoming_PeerOfAnotherProvider_IsNotAgreedWith()
    {
        Network a = Net("x/a", "y/b");
        Network b = Net("y/b", "x/a");
        b.Spec!.ProviderID = "ironcore-net://ns/b/200/uid";

        Assert.Empty(Incoming(a, b));
        Assert.Equal("p0 Error PeerOfAnotherProvider", Report(a, b));
        Assert.False(Peerings.IsUsedBy(a, b));
        Assert.True(Peerings.IsUsedBy(a, Agreed(b, "x/a", "a-uid")));
        Assert.False(Peerings.IsUsedBy(a, Agreed(b, "x/a", "former-uid")));
    }

    [Fact]
    public void Incoming_BeingDeleted_AgreesOnNothingNew()
    {
        Network a = Net("x/a", "y/b");
        Network b = Net("y/b", "x/a");
        b.Metadata.DeletionTimestamp = DateTimeOffset.UnixEpoch;

        Assert.Empty(Incoming(a, b));
        Assert.Empty(Incoming(b, a));
        Assert.Equal(["y/b b-uid"], Incoming(Agreed(a, "y/b", "b-uid"), b));
    }

    [Fact]
    public void Incoming_SameNameInTwoNamespaces_AreTwoPeers()
    {
        Network a = Net("x/a", "y/b", "z/b");

        Assert.Equal(["y/b b-uid", "z/b b-uid"], Incoming(a, Net("y/b", "x/a"), Net("z/b", "x/a")));
    }

    [Fact]
    public void Report_NoPeerings_SaysNothing() =>
        Assert.Equal((null, null), Peerings.Report(Net("x/a"), _ => null, _ => null));

    [Fact]
    public void Report_EachState_IsTold()
    {
        Network a = Agreed(Net("x/a", "y/b", "y/c", "y/d", "y/e"), "y/b", "b-uid");
        Network b = Agreed(Net("y/b", "x/a"), "x/a", "a-uid");
        Network waiting = Net("y/e", "x/a");
        waiting.Status!.State = "Pending";

        (List<NetworkPeeringStatus>? states, Finding? ready) = Peerings.Report(a, Find(b, Net("y/d"), waiting), _ => null);

        Assert.Equal(["p0 Ready", "p1 Pending", "p2 Pending", "p3 Pending"], states!.Select(s => $"{s.Name} {s.State}"));
        Assert.Equal(new Finding(false, "PeerNotFound", "peering p1: Network y/c doesn't exist"), ready);
        Assert.Equal("p0 Pending NotMutual", Report(Net("x/a", "y/d"), Net("y/d")));
        Assert.Equal("p0 Pending NetworkNotAvailable", Report(Net("x/a", "y/e"), waiting));
        Assert.Equal("p0 Pending Agreeing", Report(Net("x/a", "y/b"), b));
    }

    [Theory]
    [InlineData("10.1.0.0/16", null, null, "Ready Agreed p=10.1.0.0/16")]
    [InlineData(null, "pool", "Allocated", "Ready Agreed p=10.2.0.0/16")]
    [InlineData("10.1.0.0/16", "pool", "Pending", "Ready Agreed p=10.1.0.0/16")]
    [InlineData(null, "pool", "Pending", "Pending PrefixNotAllocated")]
    [InlineData(null, "none", null, "Pending PrefixNotFound")]
    [InlineData(null, "", null, "Error PrefixNotGiven")]
    [InlineData(null, null, null, "Error PrefixNotGiven")]
    public void Report_Prefixes_AreResolved(string? literal, string? reference, string? phase, string expected)
    {
        Network a = Agreed(Net("x/a", "y/b"), "y/b", "b-uid");
        a.Spec!.Peerings![0].Prefixes = [new PeeringPrefix { Name = "p", Prefix = literal, PrefixRef = reference is null ? null : new LocalObjectReference { Name = reference } }];
        Network b = Agreed(Net("y/b", "x/a"), "x/a", "a-uid");
        var pool = new Prefix { Spec = new PrefixSpec { Prefix = "10.2.0.0/16" }, Status = new PrefixStatus { Phase = phase } };

        (List<NetworkPeeringStatus>? states, Finding? ready) = Peerings.Report(a, Find(b), key => key == new ObjectKey("x", "pool") ? pool : null);

        Assert.Equal(expected, $"{states![0].State} {ready!.Value.Reason}{string.Concat((states[0].Prefixes ?? []).Select(p => $" {p.Name}={p.Prefix}"))}");
    }

    /// <summary>
    /// Whatever networks wished, withdrew, went and came anew, and whoever was looked at in between: once all are Available and each is looked at,
    /// two have each other, by their present UIDs, exactly if both wish it.
    /// </summary>
    [Fact]
    public void Incoming_AnyHistory_EndsWithWhatIsMutual() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 5]).Array[0, 40].Sample(steps =>
        {
            var world = new Dictionary<ObjectKey, Network>();
            int uids = 0;
            foreach ((int who, int whom, int what) in steps)
            {
                string[] names = ["x/a", "x/b", "y/a", "y/c"];
                var key = new ObjectKey(names[who].Split('/')[0], names[who].Split('/')[1]);
                world.TryGetValue(key, out Network? network);
                switch (what)
                {
                    case 0:
                        world.Remove(key);
                        break;
                    case 1 when network is null:
                        world[key] = Net(names[who]);
                        world[key].Metadata.Uid = $"uid-{++uids}";
                        world[key].Status!.State = null;
                        break;
                    case 2 when network is not null && who != whom:
                        network.Spec!.Peerings!.Add(Net("z/z", names[whom]).Spec!.Peerings![0]);
                        break;
                    case 3:
                        network?.Spec!.Peerings!.Clear();
                        break;
                    case 4 when network is not null:
                        network.Status!.State = network.Status.State is null ? "Available" : null;
                        break;
                    case 5 when network is not null:
                        Look(network);
                        break;
                }
            }

            foreach (Network network in world.Values)
            {
                network.Status!.State = "Available";
            }

            foreach (Network network in world.Values)
            {
                Look(network);
            }

            return world.Values.All(n =>
                (n.Spec!.IncomingPeerings ?? []).Select(c => c.Uid).Order(StringComparer.Ordinal)
                    .SequenceEqual(world.Values.Where(m => m != n && Peerings.AreMutual(n, m)).Select(m => m.Metadata.Uid).Order(StringComparer.Ordinal)));

            void Look(Network network) => network.Spec!.IncomingPeerings = Peerings.Incoming(network, world.GetValueOrDefault);
        });

    private static string Report(Network network, params Network[] others)
    {
        (List<NetworkPeeringStatus>? states, Finding? ready) = Peerings.Report(network, Find(others), _ => null);
        return $"{states![0].Name} {states[0].State} {ready!.Value.Reason}";
    }

    private static IEnumerable<string> Incoming(Network network, params Network[] others) =>
        (Peerings.Incoming(network, Find(others)) ?? []).Select(c => $"{c.Namespace}/{c.Name} {c.Uid}");

    private static Func<ObjectKey, Network?> Find(params Network[] networks) => key => Array.Find(networks, n => n.Key == key);

    private static Network Agreed(Network network, string peer, string uid)
    {
        network.Spec!.IncomingPeerings = [new NetworkPeeringClaimRef { Namespace = peer.Split('/')[0], Name = peer.Split('/')[1], Uid = uid }];
        return network;
    }

    private static Network Net(string key, params string[] peers)
    {
        string[] parts = key.Split('/');
        return new Network
        {
            Metadata = new ObjectMeta { Namespace = parts[0], Name = parts[1], Uid = $"{parts[1]}-uid" },
            Spec = new NetworkSpec
            {
                ProviderID = "lodestone://200",
                Peerings = [.. peers.Select((p, i) => new NetworkPeering
                {
                    Name = $"p{i}",
                    NetworkRef = new NetworkPeeringNetworkRef { Namespace = p.Split('/')[0], Name = p.Split('/')[1] },
                })],
            },
            Status = new NetworkStatus { State = "Available" },
        };
    }
}
