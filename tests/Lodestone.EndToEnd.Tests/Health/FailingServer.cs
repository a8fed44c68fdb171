using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Lodestone.EndToEnd.Tests.Overlay;
using Lodestone.Linux.Namespaces;

namespace Lodestone.EndToEnd.Tests.Health;

/// <summary>In a workload: a server of HTTP and UDP on all addresses that can be made to fail in each of the usual ways.</summary>
internal sealed class FailingServer : IDisposable
{
    public const int TcpPort = 80;
    public const int HttpPort = 81;
    public const int UdpPort = 82;

    private readonly NetworkNamespace _network;
    private Socket? _tcp;
    private Socket? _http;
    private Socket? _udp;
    private volatile int _status = 200;

    public FailingServer(NetworkNamespace network)
    {
        _network = network;
        _http = Listen(HttpPort);
        StartTcp();
        StartUdp();
    }

    /// <summary>What requests to <see cref="HttpPort"/> are answered with.</summary>
    public int Status
    {
        get => _status;
        set => _status = value;
    }

    /// <summary>Whether the workload's network stack answers echo requests.</summary>
    public bool AnswersPings
    {
        set => _network.Run(() =>
        {
            foreach (string setting in (ReadOnlySpan<string>)["ipv4/icmp_echo_ignore_all", "ipv6/icmp/echo_ignore_all"])
            {
                File.WriteAllText($"/proc/sys/net/{setting}", value ? "0" : "1");
            }
        });
    }

    public void StartTcp() => _tcp = Listen(TcpPort);

    public void StopTcp() => Close(ref _tcp);

    public void StartUdp()
    {
        _udp = EchoServer.Open(_network, AddressFamily.InterNetworkV6, SocketType.Dgram);
        _udp.DualMode = true;
        _udp.Bind(new IPEndPoint(IPAddress.IPv6Any, UdpPort));
    }

    public void StopUdp() => Close(ref _udp);

    public void Dispose()
    {
        Close(ref _tcp);
        Close(ref _http);
        Close(ref _udp);
    }

    private static void Close(ref Socket? socket)
    {
        socket?.Dispose();
        socket = null;
    }

    private Socket Listen(int port)
    {
        Socket listener = EchoServer.Open(_network, AddressFamily.InterNetworkV6, SocketType.Stream);
        listener.DualMode = true;
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        listener.Listen(64);
        _ = AcceptAsync(listener);
        return listener;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It fails now, or the test is over.
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                byte[] request = new byte[4096];
                if (await connection.ReceiveAsync(request) > 0)
                {
                    await connection.SendAsync(Encoding.ASCII.GetBytes(string.Create(
                        CultureInfo.InvariantCulture, $"HTTP/1.1 {_status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")));
                    connection.Shutdown(SocketShutdown.Send);
                    await connection.ReceiveAsync(request);
                }
            }
            catch (SocketException)
            {
                // Checks end by a reset.
            }
        }
    }
}
