using System.Globalization;
using System.Net;

using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.Linux.Tests;

/// <summary>Two namespaces joined by a veth pair, <c>left</c> 192.0.2.1 and 2001:db8::1, <c>right</c> .2 and ::2. Gone when disposed.</summary>
internal sealed class TestNetwork : IDisposable
{
    private static int _count;

    public TestNetwork()
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"lsltest-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Left = NetworkNamespace.Create(id + "-l");
        Right = NetworkNamespace.Create(id + "-r");
        foreach (NetworkNamespace side in new[] { Left, Right })
        {
            side.SetVariable("net/ipv6/conf/default/accept_dad", "0");
        }

        LeftNetlink = RtNetlink.Open(Left);
        RightNetlink = RtNetlink.Open(Right);
        LeftNetlink.AddVeth(new VethEnd("left"), new VethEnd("right", Right));
        LeftIndex = SetUp(LeftNetlink, "left", 1);
        RightIndex = SetUp(RightNetlink, "right", 2);
    }

    public NetworkNamespace Left { get; }

    public NetworkNamespace Right { get; }

    public RtNetlink LeftNetlink { get; }

    public RtNetlink RightNetlink { get; }

    public int LeftIndex { get; }

    public int RightIndex { get; }

    public void Dispose()
    {
        LeftNetlink.Dispose();
        RightNetlink.Dispose();
        foreach (NetworkNamespace side in new[] { Left, Right })
        {
            side.Dispose();
            NetworkNamespace.Delete(side.Name);
        }
    }

    private static int SetUp(RtNetlink netlink, string device, byte host)
    {
        int index = netlink.GetLink(device).Index;
        netlink.SetLink(index, new LinkSettings { IsUp = true });
        netlink.AddAddress(index, new IPAddress([192, 0, 2, host]), 24);
        netlink.AddAddress(index, IPAddress.Parse("2001:db8::" + host), 64);
        return index;
    }
}
