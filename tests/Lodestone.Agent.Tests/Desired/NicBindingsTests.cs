using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

public sealed class NicBindingsTests
{
    private readonly World _world = new();

    [Fact]
    public void Decide_DeviceExists_IsAvailable()
    {
        _world.AddNic("a", 1);

        NicModel nic = Assert.Single(World.BindingsOf(_world.Snapshot()));

        Assert.Equal(("Available", Reasons.Bound), (nic.State, nic.Reason));
        Assert.Equal("v-a", nic.Device!.Name);
        Assert.Equal("10.0.0.1", nic.Addresses.Single().ToString());
    }

    [Fact]
    public void Decide_NicOfAnotherHostOrProvider_IsNotOurs()
    {
        _world.AddNic("b", 2, "host-b");
        _world.AddNic("c", 3).Spec.ProviderID = "ironcore-net://ns/nic/node/uid";
        _world.AddNic("d", 4).Metadata.DeletionTimestamp = World.Start;

        Assert.Empty(World.BindingsOf(_world.Snapshot()));
    }

    [Fact]
    public void Decide_DeviceMissing_IsAnError() =>
        AssertRefused(() => _world.Devices.Remove("v-a"), "Error", Reasons.DeviceMissing, "device v-a does not exist on host-a");

    [Fact]
    public void Decide_NetworkMissing_IsPending() =>
        AssertRefused(_world.Networks.Clear, "Pending", Reasons.NetworkMissing, "network default/net does not exist");

    [Fact]
    public void Decide_NetworkWithoutNumber_IsPending() =>
        AssertRefused(() => _world.Networks[0].Spec!.ProviderID = null, "Pending", Reasons.NetworkPending, "network default/net has no number yet");

    [Fact]
    public void Decide_AddressFromPrefix_IsItsAddress()
    {
        NetworkInterface nic = Ephemeral();
        _world.AddPrefix("a-0", nic, "10.0.0.7/32");

        NicModel model = Assert.Single(World.BindingsOf(_world.Snapshot()));

        Assert.Equal(("Available", "10.0.0.7"), (model.State, model.Addresses.Single().ToString()));
    }

    [Fact]
    public void Decide_PrefixMissing_IsPending() => AssertPending("spec.ips[0]: Prefix a-0 doesn't exist yet");

    [Fact]
    public void Decide_PrefixNotAllocated_IsPendingAndTellsWhy()
    {
        Prefix prefix = _world.AddPrefix("a-0", Ephemeral(), null);
        AssertPending("spec.ips[0]: Prefix a-0 is not Allocated yet");

        prefix.Status!.Conditions = [new Condition { Type = "Allocated", Status = "False", Reason = "NoRoom", Message = "Prefix p has no free /32" }];
        AssertPending("spec.ips[0]: Prefix a-0 is not Allocated yet: Prefix p has no free /32");
    }

    [Fact]
    public void Decide_PrefixOfAnother_IsPendingAndNamesIt()
    {
        Ephemeral();
        NetworkInterface other = _world.AddNic("other", 9, "host-b");
        _world.AddPrefix("a-0", other, "10.0.0.7/32");

        AssertPending("spec.ips[0]: Prefix a-0 belongs to NetworkInterface other; name one of NetworkInterface other and NetworkInterface a differently");
    }

    [Fact]
    public void Decide_PrefixOfSeveralAddresses_IsPending()
    {
        _world.AddPrefix("a-0", Ephemeral(), "10.0.0.0/28");

        AssertPending("spec.ips[0]: 10.0.0.0/28 is not a single address");
    }

    [Fact]
    public void Decide_AddressFromPrefixThatAnOlderNicHas_IsAConflict()
    {
        NetworkInterface older = _world.AddNic("older", 0, "host-b");
        older.Spec.Ips![0] = new IpSource { Ephemeral = new EphemeralPrefixSource() };
        _world.AddPrefix("older-0", older, "10.0.0.1/32");
        _world.AddNic("a", 1);

        NicModel model = Assert.Single(World.BindingsOf(_world.Snapshot()));

        Assert.Equal((Reasons.AddressConflict, "address 10.0.0.1 of network default/net belongs to network interface default/older"), (model.Reason, model.Message));
    }

    [Fact]
    public void Decide_FurtherPrefixes_ThoseThatAreThereAndWhatIsMissing()
    {
        NetworkInterface nic = _world.AddNic("a", 1);
        nic.Spec.Prefixes =
        [
            new PrefixSource { Value = "10.9.0.0/24" },
            new PrefixSource { Ephemeral = new EphemeralPrefixSource() },
            new PrefixSource { Ephemeral = new EphemeralPrefixSource() },
        ];
        _world.AddPrefix("a-pf-2", nic, "10.8.0.0/28");

        NicModel model = Assert.Single(World.BindingsOf(_world.Snapshot()));

        Assert.Equal(("Available", "bound to device v-a; spec.prefixes[1]: Prefix a-pf-1 doesn't exist yet"), (model.State, model.Message));
        Assert.Equal(["10.9.0.0/24", "10.8.0.0/28"], StatusModel.PrefixesOf(model));
    }

    [Fact]
    public void Decide_BadAddress_IsAnError() =>
        AssertRefused(() => _world.Nics[0].Spec.Ips![0].Value = "10.0.0", "Error", Reasons.AddressInvalid, "spec.ips[0].value: \"10.0.0\" is not an IPv4 or IPv6 address");

    [Fact]
    public void Decide_OlderNicElsewhereHasTheAddress_IsAnError() =>
        AssertRefused(
            () => _world.AddNic("older", 0, "host-b").Spec.Ips![0].Value = "10.0.0.1",
            "Error",
            Reasons.AddressConflict,
            "address 10.0.0.1 of network default/net belongs to network interface default/older");

    [Fact]
    public void Decide_InternalLoadBalancerHasTheAddress_IsAnErrorHoweverOldTheNic() =>
        AssertRefused(
            () => _world.AddLoadBalancer("web", "10.0.0.1").Spec.Type = "Internal",
            "Error",
            Reasons.AddressConflict,
            "address 10.0.0.1 of network default/net belongs to load balancer default/web");

    [Theory]
    [InlineData("Public", "net", "10.0.0.1")]
    [InlineData("Internal", "other", "10.0.0.1")]
    [InlineData("Internal", "net", "10.0.0.9")]
    public void Decide_LoadBalancerHasAnotherAddress_IsBound(string type, string network, string ip)
    {
        _world.AddNic("a", 1);
        LoadBalancer lb = _world.AddLoadBalancer("web", ip);
        (lb.Spec.Type, lb.Spec.NetworkRef!.Name) = (type, network);

        Assert.Equal(Reasons.Bound, Assert.Single(World.BindingsOf(_world.Snapshot())).Reason);
    }

    [Fact]
    public void Decide_DeviceIsTheUplink_IsAnError() =>
        AssertRefused(() => _world.Uplink = _world.Uplink with { Name = "v-a" }, "Error", Reasons.DeviceIsUplink, "device v-a is the uplink of host-a");

    [Fact]
    public void Decide_DeviceIsDown_IsBoundButAnError()
    {
        _world.AddNic("a", 1);
        _world.Devices["v-a"] = _world.Devices["v-a"] with { IsUp = false };

        NicModel nic = Assert.Single(World.BindingsOf(_world.Snapshot()));

        Assert.Equal(("Error", Reasons.DeviceDown), (nic.State, nic.Reason));
        Assert.NotNull(nic.Device);
    }

    [Fact]
    public void Decide_YoungerNicHasTheAddress_TheOlderKeepsIt()
    {
        _world.AddNic("a", 1);
        _world.AddNic("younger", 9).Spec.Ips![0].Value = "10.0.0.1";

        Assert.Equal([Reasons.Bound, Reasons.AddressConflict], World.BindingsOf(_world.Snapshot()).Select(nic => nic.Reason));
    }

    [Fact]
    public void Decide_TwoNicsWithOneDevice_TheOlderIsBound()
    {
        NetworkInterface first = _world.AddNic("a", 1);
        _world.AddNic("b", 2).Spec.ProviderID = first.Spec.ProviderID;

        Assert.Equal([Reasons.Bound, Reasons.DeviceConflict], World.BindingsOf(_world.Snapshot()).Select(nic => nic.Reason));
    }

    private NetworkInterface Ephemeral()
    {
        NetworkInterface nic = _world.AddNic("a", 1);
        nic.Spec.Ips![0] = new IpSource { Ephemeral = new EphemeralPrefixSource() };
        return nic;
    }

    private void AssertPending(string message)
    {
        if (_world.Nics.Count == 0)
        {
            Ephemeral();
        }

        NicModel model = World.BindingsOf(_world.Snapshot()).Single(m => m.Nic.Metadata.Name == "a");

        Assert.Equal(("Pending", Reasons.AddressPending, message), (model.State, model.Reason, model.Message));
        Assert.Null(StatusModel.AddressesOf(model));
    }

    private void AssertRefused(Action spoil, string state, string reason, string message)
    {
        _world.AddNic("a", 1);
        spoil();

        NicModel nic = World.BindingsOf(_world.Snapshot()).Single(model => model.Nic.Metadata.Name == "a");

        Assert.Equal((state, reason, message), (nic.State, nic.Reason, nic.Message));
        Assert.Null(nic.Device);
    }
}
