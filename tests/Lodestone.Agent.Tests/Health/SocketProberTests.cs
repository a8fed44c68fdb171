using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lodestone.Agent.Health;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;
using Xunit;

namespace Lodestone.Agent.Tests.Health;

/// <summary>Checks of servers of each kind, over loopback. By the device and to NICs: Lodestone.EndToEnd.Tests (Health).</summary>
public sealed class SocketProberTests
{
    private readonly SocketProber _prober = new(
        (target, type) => new Socket(target.Vip.AddressFamily, type, ProtocolOf(target, type)), TimeProvider.System);

    [Fact]
    public async Task Tcp_ListeningAndClosed_IsWellAndNot()
    {
        using Socket listener = Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        Assert.Equal(ProbeResult.Success, await ProbeAsync(Spec(ProbeKind.Tcp, port)));
        listener.Dispose();
        ProbeResult closed = await ProbeAsync(Spec(ProbeKind.Tcp, port));
        Assert.Equal((ProbeOutcome.Failure, $"TCP 127.0.0.1:{port}: Connection refused"), (closed.Outcome, closed.Message));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "200-399", ProbeOutcome.Success, "")]
    [InlineData("HTTP/1.0 302 Found\r\nLocation: /there\r\n\r\n", "200-399", ProbeOutcome.Success, "")]
    [InlineData("HTTP/1.1 500 No\r\n\r\n", "200-399", ProbeOutcome.Failure, "answers with status 500")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "200,204", ProbeOutcome.Success, "")]
    [InlineData("HTTP/1.1 201 Created\r\n\r\n", "200,204", ProbeOutcome.Failure, "answers with status 201")]
    [InlineData("SSH-2.0-nothing\r\n", "200", ProbeOutcome.Failure, "answers no HTTP/1.1")]
    [InlineData("HTTP/1.1 2", "200", ProbeOutcome.Failure, "answers no HTTP/1.1")]
    [InlineData("", "200", ProbeOutcome.Failure, "answers no HTTP/1.1")]
    public async Task Http_Answers_AreWellByTheirStatus(string answer, string statuses, ProbeOutcome outcome, string message)
    {
        using Socket listener = Listen();
        Task<string> request = AnswerAsync(listener, answer, null);
        ProbeSpec spec = Spec(ProbeKind.Http, ((IPEndPoint)listener.LocalEndPoint!).Port) with
        {
            Path = "/healthz?full",
            Host = "web.example",
            Statuses = [.. statuses.Split(',').Select(text => Lodestone.Api.Platform.HttpHealthCheck.StatusesOf(text)!.Value)],
        };

        ProbeResult result = await ProbeAsync(spec);

        Assert.Equal(outcome, result.Outcome);
        Assert.EndsWith(message, result.Message, StringComparison.Ordinal);
        Assert.StartsWith("GET /healthz?full HTTP/1.1\r\nHost: web.example\r\n", await request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_CertificateOfNobody_IsWellAndIsAskedForByName()
    {
        using Socket listener = Listen();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=somebody else", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        string? name = null;
        Task<string> asked = AnswerAsync(listener, "HTTP/1.1 200 OK\r\n\r\n", new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, host) =>
            {
                name = host;
                return certificate;
            },
        });

        ProbeResult result = await ProbeAsync(Spec(ProbeKind.Https, ((IPEndPoint)listener.LocalEndPoint!).Port) with { Host = "web.example", Statuses = [(200, 399)] });

        Assert.Equal(ProbeResult.Success, result);
        await asked;
        Assert.Equal("web.example", name);
    }

    [Theory]
    [InlineData(ProbeKind.Http)]
    [InlineData(ProbeKind.Https)]
    public async Task Http_NoAnswer_FailsWhenTimeIsUp(ProbeKind kind)
    {
        using Socket listener = Listen();

        ProbeResult result = await ProbeAsync(Spec(kind, ((IPEndPoint)listener.LocalEndPoint!).Port) with { Timeout = TimeSpan.FromMilliseconds(100) });

        Assert.Equal(ProbeOutcome.Failure, result.Outcome);
        Assert.EndsWith("within 0.1 s", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("answers", false, ProbeOutcome.Success)]
    [InlineData("answers", true, ProbeOutcome.Success)]
    [InlineData("silent", false, ProbeOutcome.Success)]
    [InlineData("silent", true, ProbeOutcome.Failure)]
    [InlineData("closed", false, ProbeOutcome.Failure)]
    public async Task Udp_Servers_AreWellUnlessTheyRefuseOrHaveToAnswer(string server, bool requiresReply, ProbeOutcome outcome)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        Task answering = Task.CompletedTask;
        if (server == "answers")
        {
            answering = AnswerAsync(socket);
        }
        else if (server == "closed")
        {
            socket.Dispose();
        }

        // Where time decides there is little of it, and where not enough.
        ProbeSpec spec = Spec(ProbeKind.Udp, port) with { RequiresReply = requiresReply, Payload = "are you well?" };
        ProbeResult result = await ProbeAsync(server == "silent" ? spec with { Timeout = TimeSpan.FromMilliseconds(100) } : spec);

        Assert.Equal(outcome, result.Outcome);
        await answering;
    }

    /// <summary>The kernel answers echo requests to itself; a network of nobody does not.</summary>
    [Theory]
    [InlineData("127.0.0.1", ProbeOutcome.Success, "")]
    [InlineData("::1", ProbeOutcome.Success, "")]
    [InlineData("127.0.0.1, of another", ProbeOutcome.Failure, "no answer from ICMP 127.0.0.1 within 0.2 s")]
    public async Task Icmp_Answers_AreWellFromWhoIsAsked(string vip, ProbeOutcome outcome, string message)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "raw sockets need CAP_NET_RAW");
        var address = IPAddress.Parse(vip.Split(',')[0]);
        ProbeSpec spec = Spec(ProbeKind.Icmp, 0);
        HealthTarget target = Targets.Of("a", vip.Contains(',') ? spec with { Timeout = TimeSpan.FromMilliseconds(200) } : spec) with
        {
            Key = new HealthKey("lb", "a", address.AddressFamily == AddressFamily.InterNetworkV6),
            Vip = address,

            // What translates would answer from another address than that of the loopback device.
            OwnAddress = vip.Contains(',') ? IPAddress.Parse("127.0.0.9") : null,
        };

        ProbeResult result = await _prober.ProbeAsync(target, TestContext.Current.CancellationToken);

        Assert.Equal((outcome, message), (result.Outcome, result.Message ?? ""));
    }

    [Fact]
    public async Task Probe_NoDevice_IsInconclusive()
    {
        var prober = new SocketProber(new ProbeSource(() => null).Open, TimeProvider.System);

        ProbeResult result = await prober.ProbeAsync(Targets.Of("a"), TestContext.Current.CancellationToken);

        Assert.Equal(ProbeOutcome.Inconclusive, result.Outcome);
    }

    [Theory]
    [InlineData(ProbeKind.Tcp)]
    [InlineData(ProbeKind.Udp)]
    [InlineData(ProbeKind.Icmp)]
    public async Task Probe_DeviceHasGone_SaysWhichInTheKernelsWords(ProbeKind kind)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "marks and devices of sockets need CAP_NET_ADMIN and CAP_NET_RAW");
        var prober = new SocketProber(new ProbeSource(() => int.MaxValue).Open, TimeProvider.System);

        ProbeResult result = await prober.ProbeAsync(Targets.Of("a", Spec(kind, 80)), TestContext.Current.CancellationToken);

        Assert.Equal(ProbeOutcome.Inconclusive, result.Outcome);
        Assert.EndsWith("could not be asked: send by device 'lodestone-probe': No such device (errno 19)", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProbeKind.Tcp)]
    [InlineData(ProbeKind.Udp)]
    public async Task Probe_DeviceGoesBeforeItConnects_SaysSoInTheKernelsWords(ProbeKind kind)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "network namespaces need CAP_SYS_ADMIN");
        string name = $"lodestone-test-{Guid.NewGuid():N}"[..24];
        using NetworkNamespace nothing = NetworkNamespace.Create(name);
        try
        {
            var prober = new SocketProber((_, type) => OfDeviceThatGoes(nothing, type), TimeProvider.System);

            ProbeResult result = await prober.ProbeAsync(Targets.Of("a", Spec(kind, 80)), TestContext.Current.CancellationToken);

            Assert.Equal(ProbeOutcome.Inconclusive, result.Outcome);
            Assert.EndsWith("could not be asked: find a way there: No such device (errno 19)", result.Message, StringComparison.Ordinal);
        }
        finally
        {
            NetworkNamespace.Delete(name);
        }
    }

    /// <summary>A socket of a device that is deleted meanwhile, which .NET has no name for.</summary>
    private static Socket OfDeviceThatGoes(NetworkNamespace nothing, SocketType type)
    {
        using RtNetlink netlink = RtNetlink.Open(nothing);
        netlink.AddVeth(new VethEnd("going"), new VethEnd("other"));
        Socket socket = nothing.Run(() => new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp));
        SocketCalls.SetOption(socket, level: 1, name: 25, "going"u8, "bind to device");
        netlink.DeleteLink(netlink.GetLink("going").Index);
        return socket;
    }

    private static ProbeSpec Spec(ProbeKind kind, int port) => Targets.Spec with { Kind = kind, Port = (ushort)port, Timeout = TimeSpan.FromSeconds(20) };

    private static ProtocolType ProtocolOf(HealthTarget target, SocketType type) => type switch
    {
        SocketType.Stream => ProtocolType.Tcp,
        SocketType.Dgram => ProtocolType.Udp,
        _ => target.Key.IsIPv6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp,
    };

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static async Task<string> AnswerAsync(Socket listener, string answer, SslServerAuthenticationOptions? tls)
    {
        using Socket connection = await listener.AcceptAsync();
        await using var network = new NetworkStream(connection);
        Stream stream = network;
        if (tls is not null)
        {
            var secure = new SslStream(network, leaveInnerStreamOpen: true);
            await secure.AuthenticateAsServerAsync(tls);
            stream = secure;
        }

        byte[] request = new byte[1024];
        int length = await stream.ReadAsync(request);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        await stream.FlushAsync();
        connection.Shutdown(SocketShutdown.Send);
        return Encoding.ASCII.GetString(request, 0, length);
    }

    private static async Task AnswerAsync(Socket socket)
    {
        byte[] asked = new byte[64];
        SocketReceiveFromResult from = await socket.ReceiveFromAsync(asked, new IPEndPoint(IPAddress.Any, 0));
        Assert.Equal("are you well?", Encoding.UTF8.GetString(asked, 0, from.ReceivedBytes));
        await socket.SendToAsync(asked.AsMemory(0, 1), from.RemoteEndPoint);
    }

    private Task<ProbeResult> ProbeAsync(ProbeSpec spec) => _prober.ProbeAsync(Targets.Of("a", spec), TestContext.Current.CancellationToken);
}
