using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Lodestone.Linux.Namespaces;

namespace Lodestone.EndToEnd.Tests.Translation;

/// <summary>In a workload: answers each request with a page that names it and has many bytes.</summary>
internal sealed class WebServer : IDisposable
{
    public const int Port = 80;
    public const int PageBytes = 200_000;

    private readonly Socket _listener;
    private readonly string _name;

    public WebServer(NetworkNamespace network, string name)
    {
        _name = name;
        _listener = network.Run(() => new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp));
        _listener.DualMode = true;
        _listener.Bind(new IPEndPoint(IPAddress.IPv6Any, Port));
        _listener.Listen(64);
        _ = AcceptAsync();
    }

    /// <summary>Gets the page over a new connection; the name in it.</summary>
    /// <param name="client">Where from.</param>
    /// <param name="address">Where to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="from">The client's port; 0: any.</param>
    public static async Task<string> GetAsync(NetworkNamespace client, IPAddress address, CancellationToken cancellationToken, int from = 0)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                Socket socket = client.Run(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
                if (from != 0)
                {
                    // Gone at once when it is closed, so that the port is free for the next.
                    socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Bind(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, from));
                }

                await socket.ConnectAsync(new IPEndPoint(address, Port), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);
        string host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        using HttpResponseMessage response = await http.GetAsync(new Uri($"http://{host}/"), cancellationToken);
        byte[] page = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        Assert.Equal(PageBytes, page.Length);
        return Assert.Single(response.Headers.GetValues("X-Name"));
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                byte[] request = new byte[4096];
                await connection.ReceiveAsync(request);
                byte[] head = Encoding.ASCII.GetBytes(string.Create(
                    CultureInfo.InvariantCulture,
                    $"HTTP/1.1 200 OK\r\nX-Name: {_name}\r\nContent-Length: {PageBytes}\r\nConnection: close\r\n\r\n"));
                byte[] answer = [.. head, .. new byte[PageBytes]];
                for (int at = 0; at < answer.Length;)
                {
                    at += await connection.SendAsync(answer.AsMemory(at));
                }

                connection.Shutdown(SocketShutdown.Send);
                await connection.ReceiveAsync(request);
            }
            catch (SocketException)
            {
                // The client tells what is missing.
            }
        }
    }
}
