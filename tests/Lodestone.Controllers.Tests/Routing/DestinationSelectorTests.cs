using CsCheck;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.Routing;
using Xunit;

namespace Lodestone.Controllers.Tests.Routing;

public sealed class DestinationSelectorTests
{
    [Theory]
    [InlineData("app=web", "a")]
    [InlineData("", "a,b,c")]
    [InlineData("app=none", "")]
    [InlineData(null, "")]
    public void Select_BySelector_EmptyPicksAllAndNonePicksNobody(string? selector, string expected)
    {
        LoadBalancer lb = LoadBalancer("IPv4");
        lb.Spec.NetworkInterfaceSelector = selector is null ? null
            : new LabelSelector { MatchLabels = selector.Length == 0 ? null : new() { [selector.Split('=')[0]] = selector.Split('=')[1] } };
        NetworkInterface b = Nic("b", "10.0.0.2");
        b.Metadata.Labels = new() { ["app"] = "db" };
        NetworkInterface c = Nic("c", "10.0.0.3");
        c.Metadata.Labels = null;

        Assert.Equal(expected, Names(DestinationSelector.Select(lb, [c, b, Nic("a", "10.0.0.1")])));
    }

    [Theory]
    [InlineData("IPv4", "a 10.0.0.1|b 10.0.0.2")]
    [InlineData("IPv6", "a fd00::1")]
    [InlineData("IPv6,IPv4", "a 10.0.0.1|a fd00::1|b 10.0.0.2")]
    public void Select_Families_OnlyThoseOfTheLoadBalancer(string families, string expected) =>
        Assert.Equal(expected, Text(DestinationSelector.Select(LoadBalancer(families.Split(',')), [Nic("b", "10.0.0.2"), Nic("a", "fd00::1", "10.0.0.1")])));

    [Fact]
    public void Select_NotToBeSentTo_IsLeftOut()
    {
        NetworkInterface pending = Nic("pending", "10.0.0.1");
        pending.Status!.State = "Pending";
        NetworkInterface deleting = Nic("deleting", "10.0.0.2");
        deleting.Metadata.DeletionTimestamp = DateTimeOffset.UnixEpoch;
        NetworkInterface nowhere = Nic("nowhere", "10.0.0.3");
        nowhere.Spec.ProviderID = "";
        NetworkInterface unspoken = Nic("unspoken", "10.0.0.4");
        unspoken.Status = null;
        NetworkInterface garbled = Nic("garbled", "10.0.0", "10.0.0.5/32", "");

        Assert.Empty(DestinationSelector.Select(LoadBalancer("IPv4"), [pending, deleting, nowhere, unspoken, garbled]));
    }

    [Fact]
    public void Select_SameAddress_IsTakenOnceAndBelongsToTheOlder()
    {
        NetworkInterface older = Nic("z", "fd00::1", "fd00:0::1", "10.0.0.1");
        NetworkInterface newer = Nic("a", "10.0.0.1", "10.0.0.2", "10.0.0.2");
        newer.Metadata.CreationTimestamp = older.Metadata.CreationTimestamp!.Value.AddSeconds(1);

        Assert.Equal("a 10.0.0.2|z 10.0.0.1|z fd00::1", Text(DestinationSelector.Select(LoadBalancer("IPv4", "IPv6"), [newer, older])));
    }

    [Fact]
    public void Select_Destination_CarriesBothShapes()
    {
        LoadBalancerDestination destination = Assert.Single(DestinationSelector.Select(LoadBalancer("IPv4"), [Nic("a", "10.0.0.1")]));

        Assert.Equal(("nic-a", "a", "10.0.0.1"), (destination.Name, destination.Uid, destination.Ip));
        Assert.Equal(("nic-a", "a", "lodestone://host/a"), (destination.TargetRef!.Name, destination.TargetRef.Uid, destination.TargetRef.ProviderID));
    }

    /// <summary>A cache gives interfaces in any order; what is written doesn't depend on it, so an unchanged world writes nothing.</summary>
    [Fact]
    public void Select_AnyOrder_IsTheSameSortedList() =>
        Gen.Shuffle(Enumerable.Range(0, 12).ToArray()).Sample(order =>
        {
            NetworkInterface[] interfaces = [.. order.Select(i => Nic($"{(char)('a' + i)}", $"10.0.0.{i % 9}", $"fd00::{i:x}"))];

            List<LoadBalancerDestination> selected = DestinationSelector.Select(LoadBalancer("IPv4", "IPv6"), interfaces);

            Member[] members = [.. selected.Select(Member.Of)];
            return members.SequenceEqual(members.Order().Distinct())
                && Text(selected) == Text(DestinationSelector.Select(LoadBalancer("IPv4", "IPv6"), interfaces.OrderBy(n => n.Metadata.Uid)));
        });

    private static string Names(List<LoadBalancerDestination> destinations) => string.Join(',', destinations.Select(d => d.Uid));

    private static string Text(List<LoadBalancerDestination> destinations) => string.Join('|', destinations.Select(d => $"{d.Uid} {d.Ip}"));

    private static LoadBalancer LoadBalancer(params string[] families) => new()
    {
        Spec = new LoadBalancerSpec { IpFamilies = [.. families], NetworkInterfaceSelector = new LabelSelector() },
    };

    private static NetworkInterface Nic(string uid, params string[] ips) => new()
    {
        Metadata = new ObjectMeta { Name = $"nic-{uid}", Uid = uid, Labels = new() { ["app"] = "web" }, CreationTimestamp = DateTimeOffset.UnixEpoch },
        Spec = new NetworkInterfaceSpec { ProviderID = $"lodestone://host/{uid}" },
        Status = new NetworkInterfaceStatus { State = "Available", Ips = [.. ips] },
    };
}
