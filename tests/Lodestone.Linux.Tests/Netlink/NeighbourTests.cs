using System.Globalization;
using System.Net;

using Lodestone.Linux.Netlink;

using Xunit;

namespace Lodestone.Linux.Tests.Netlink;

public class NeighbourTests
{
    [Theory]
    [InlineData("192.0.2.2", false)]
    [InlineData("2001:db8::2", false)]
    [InlineData("192.0.2.2", true)]
    [InlineData("2001:db8::2", true)]
    public async Task ResolveAsync_LivingNeighbour_ReturnsItsLinkAddress(string address, bool keepFresh)
    {
        using var network = new TestNetwork();
        MacAddress expected = network.RightNetlink.GetLink("right").Address;

        NeighbourInfo? neighbour = await NeighbourResolver.ResolveAsync(
            network.Left, network.LeftIndex, IPAddress.Parse(address), keepFresh, TestContext.Current.CancellationToken);

        Assert.Equal(expected, neighbour?.LinkAddress);
        Assert.True(network.LeftNetlink.TryGetNeighbour(network.LeftIndex, IPAddress.Parse(address), out NeighbourInfo? known));
        Assert.True(known.IsUsable);
    }

    [Fact]
    public async Task ResolveAsync_NobodyThere_IsNull()
    {
        using var network = new TestNetwork();
        network.Left.SetVariable("net/ipv4/neigh/left/retrans_time_ms", "20");

        NeighbourInfo? neighbour = await NeighbourResolver.ResolveAsync(
            network.Left, network.LeftIndex, IPAddress.Parse("192.0.2.99"), keepFresh: false, TestContext.Current.CancellationToken);

        Assert.Null(neighbour);
    }

    [Fact]
    public async Task WatchAsync_EntryAddedChangedDeleted_TellsEach()
    {
        using var network = new TestNetwork();
        var address = IPAddress.Parse("192.0.2.50");
        using NeighbourMonitor monitor = NeighbourMonitor.Open(network.Left);
        await using IAsyncEnumerator<NetlinkChange<NeighbourInfo>> changes =
            monitor.WatchAsync(TestContext.Current.CancellationToken).Where(c => c.Item.Address.Equals(address)).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        network.LeftNetlink.AddNeighbour(network.LeftIndex, address, MacAddress.Parse("02:00:00:00:00:01"));
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((ChangeKind.Present, "02:00:00:00:00:01"), (changes.Current.Kind, changes.Current.Item.LinkAddress.ToString()));

        network.LeftNetlink.AddNeighbour(network.LeftIndex, address, MacAddress.Parse("02:00:00:00:00:02"));
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((ChangeKind.Present, "02:00:00:00:00:02"), (changes.Current.Kind, changes.Current.Item.LinkAddress.ToString()));

        network.LeftNetlink.DeleteNeighbour(network.LeftIndex, address);
        ChangeKind last;
        do
        {
            Assert.True(await changes.MoveNextAsync());
            last = changes.Current.Kind;
        }
        while (last != ChangeKind.Removed);
    }

    [Fact]
    public async Task WatchAsync_NotificationsLost_TellsTheDifferenceAfterwards()
    {
        const int Count = 200;
        using var network = new TestNetwork();
        using NeighbourMonitor monitor = NeighbourMonitor.Open(network.Left, receiveBuffer: 2048);
        await using IAsyncEnumerator<NetlinkChange<NeighbourInfo>> changes =
            monitor.WatchAsync(TestContext.Current.CancellationToken).Where(c => IsOurs(c.Item.Address)).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        network.LeftNetlink.AddNeighbour(network.LeftIndex, AddressOf(0), MacAddress.Parse("02:00:00:00:00:01"));
        Assert.True(await changes.MoveNextAsync());

        // Nobody reads meanwhile: far more than 2 KiB of notifications.
        network.LeftNetlink.DeleteNeighbour(network.LeftIndex, AddressOf(0));
        for (int i = 1; i <= Count; i++)
        {
            network.LeftNetlink.AddNeighbour(network.LeftIndex, AddressOf(i), MacAddress.Parse("02:00:00:00:00:01"));
        }

        var present = new HashSet<IPAddress> { AddressOf(0) };
        while (present.Count < Count || present.Contains(AddressOf(0)))
        {
            Assert.True(await changes.MoveNextAsync());
            _ = changes.Current.Kind == ChangeKind.Present ? present.Add(changes.Current.Item.Address) : present.Remove(changes.Current.Item.Address);
        }

        Assert.Equal(Enumerable.Range(1, Count).Select(AddressOf).ToHashSet(), present);
    }

    private static bool IsOurs(IPAddress address) => address.ToString().StartsWith("198.51.100.", StringComparison.Ordinal);

    private static IPAddress AddressOf(int number) => IPAddress.Parse("198.51.100." + number.ToString(CultureInfo.InvariantCulture));
}
