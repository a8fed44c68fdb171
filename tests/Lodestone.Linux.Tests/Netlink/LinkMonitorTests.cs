using Lodestone.Linux.Netlink;

using Xunit;

namespace Lodestone.Linux.Tests.Netlink;

public class LinkMonitorTests
{
    [Fact]
    public async Task WatchAsync_LinkComesChangesAndGoes_TellsEach()
    {
        using var network = new TestNetwork();
        using LinkMonitor monitor = LinkMonitor.Open(network.Left);
        await using IAsyncEnumerator<NetlinkChange<LinkInfo>> changes =
            monitor.WatchAsync(TestContext.Current.CancellationToken).Where(c => c.Item.Name is "left" or "br0").GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((ChangeKind.Present, "left"), (changes.Current.Kind, changes.Current.Item.Name));

        network.LeftNetlink.AddBridge("br0");
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((ChangeKind.Present, "br0", 1500), (changes.Current.Kind, changes.Current.Item.Name, changes.Current.Item.Mtu));

        int index = changes.Current.Item.Index;
        network.LeftNetlink.SetLink(index, new LinkSettings { Mtu = 1400 });
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((ChangeKind.Present, 1400), (changes.Current.Kind, changes.Current.Item.Mtu));

        network.LeftNetlink.DeleteLink(index);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((ChangeKind.Removed, index), (changes.Current.Kind, changes.Current.Item.Index));
    }

    [Fact]
    public async Task WatchAsync_Cancelled_Ends()
    {
        using var network = new TestNetwork();
        using LinkMonitor monitor = LinkMonitor.Open(network.Left);
        using var cancellation = new CancellationTokenSource();
        await using IAsyncEnumerator<NetlinkChange<LinkInfo>> changes =
            monitor.WatchAsync(cancellation.Token).Where(c => c.Item.Name == "nothing").GetAsyncEnumerator(TestContext.Current.CancellationToken);
        ValueTask<bool> next = changes.MoveNextAsync();

        await cancellation.CancelAsync();

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }
}
