using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Xunit;

namespace Lodestone.Linux.Tests.Namespaces;

public class NetworkNamespaceTests
{
    [Fact]
    public void Create_NewName_HasOnlyLoopbackAndIsGoneAfterDelete()
    {
        string name = NameFor("create");
        using (NetworkNamespace created = NetworkNamespace.Create(name))
        {
            Assert.Contains(name, NetworkNamespace.List());
            using RtNetlink netlink = RtNetlink.Open(created);
            Assert.Equal(["lo"], netlink.GetLinks().Where(link => link.IsLoopback).Select(link => link.Name));
        }

        NetworkNamespace.Delete(name);

        Assert.False(NetworkNamespace.Exists(name));
    }

    [Fact]
    public void Create_TakenName_ThrowsAndKeepsTheFirst()
    {
        string name = NameFor("taken");
        using NetworkNamespace first = NetworkNamespace.Create(name);
        try
        {
            _ = Assert.Throws<InvalidOperationException>(() => NetworkNamespace.Create(name));
            using NetworkNamespace again = NetworkNamespace.Open(name);
            Assert.Equal(Identity(first), Identity(again));
        }
        finally
        {
            NetworkNamespace.Delete(name);
        }
    }

    [Fact]
    public void Open_UnknownName_NamesTheNamespaceAndTheErrno()
    {
        LinuxException exception = Assert.Throws<LinuxException>(() => NetworkNamespace.Open("lodestone-no-such"));

        Assert.Equal(2, exception.ErrorNumber);
        Assert.Contains("open network namespace 'lodestone-no-such'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("(errno 2)", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    public void Open_PathAsName_IsRefused(string name) => Assert.Throws<ArgumentException>(() => NetworkNamespace.Open(name));

    [Fact]
    public void Run_Function_LeavesTheCallersThreadWhereItWas()
    {
        using var network = new TestNetwork();
        string before = Here();

        string inside = network.Left.Run(Here);

        Assert.NotEqual(before, inside);
        Assert.Equal(before, Here());
    }

    [Fact]
    public void Run_ThrowingFunction_ThrowsToTheCaller()
    {
        using var network = new TestNetwork();

        _ = Assert.Throws<TimeoutException>(() => network.Left.Run(() => throw new TimeoutException()));
    }

    [Fact]
    public async Task Run_SocketsMadeInside_TalkAsynchronouslyFromOutside()
    {
        using var network = new TestNetwork();
        using TcpListener listener = network.Right.Run(() =>
        {
            var created = new TcpListener(IPAddress.Parse("192.0.2.2"), 80);
            created.Start();
            return created;
        });
        using Socket client = network.Left.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));

        ValueTask connect = client.ConnectAsync(new IPEndPoint(IPAddress.Parse("192.0.2.2"), 80), TestContext.Current.CancellationToken);
        using Socket server = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await connect;

        Assert.Equal("192.0.2.1", ((IPEndPoint)server.RemoteEndPoint!).Address.ToString());
    }

    [Fact]
    public async Task Start_Process_LivesInTheNamespace()
    {
        using var network = new TestNetwork();

        using Process process = network.Left.Start(new ProcessStartInfo("sleep", "60"));
        try
        {
            using NetworkNamespace its = NetworkNamespace.OpenProcess(process.Id);
            Assert.Equal(Identity(network.Left), Identity(its));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string NameFor(string purpose) => string.Create(CultureInfo.InvariantCulture, $"lsltest-{Environment.ProcessId}-{purpose}");

    private static string Identity(NetworkNamespace network) => network.Run(Here);

    private static string Here() => File.ResolveLinkTarget("/proc/thread-self/ns/net", returnFinalTarget: false)!.Name;
}
