using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Namespaces;

namespace Lodestone.EndToEnd.Tests.Overlay;

/// <summary>In a workload: answers each TCP connection with a byte of its own and all it was sent, each UDP datagram with that byte.</summary>
internal sealed class EchoServer : IDisposable
{
    public const int TcpPort = 5432;
    public const int UdpPort = 5353;

    private readonly List<Socket> _sockets = [];
    private readonly byte _name;
    private int _accepted;

    public EchoServer(NetworkNamespace network, byte name, IEnumerable<IPAddress> udpAddresses)
    {
        _name = name;
        Socket listener = Open(network, AddressFamily.InterNetworkV6, SocketType.Stream);
        listener.DualMode = true;
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, TcpPort));
        listener.Listen();
        _sockets.Add(listener);
        _ = AcceptAsync(listener);
        foreach (IPAddress address in udpAddresses)
        {
            // Bound to the VIP, so that it answers from it.
            Socket socket = Open(network, address.AddressFamily, SocketType.Dgram);
            socket.Bind(new IPEndPoint(address, UdpPort));
            _sockets.Add(socket);
            _ = AnswerAsync(socket);
        }
    }

    public int Accepted => Volatile.Read(ref _accepted);

    public static Socket Open(NetworkNamespace network, AddressFamily family, SocketType type) =>
        network.Run(() => new Socket(family, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp));

    /// <summary>Sends so many bytes to a server and reads them back; the server's name.</summary>
    public static async Task<byte> TalkAsync(LabNode client, IPAddress address, int bytes, CancellationToken cancellationToken)
    {
        using Socket socket = Open(client.Namespace, address.AddressFamily, SocketType.Stream);
        await socket.ConnectAsync(new IPEndPoint(address, TcpPort), cancellationToken);
        byte[] sent = new byte[bytes];
        new Random(bytes).NextBytes(sent);
        byte[] received = new byte[bytes + 2];
        Task<int> reading = ReadAllAsync(socket, received, cancellationToken);
        for (int at = 0; at < bytes;)
        {
            at += await socket.SendAsync(sent.AsMemory(at), cancellationToken);
        }

        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(bytes + 1, await reading);
        Assert.True(received.AsSpan(1, bytes).SequenceEqual(sent), "what came back is not what was sent");
        return received[0];
    }

    /// <summary>Sends a datagram; the name of the server that answers, from the address that was asked.</summary>
    public static async Task<byte> AskAsync(LabNode client, IPAddress address, CancellationToken cancellationToken)
    {
        using Socket socket = Open(client.Namespace, address.AddressFamily, SocketType.Dgram);
        await socket.ConnectAsync(new IPEndPoint(address, UdpPort), cancellationToken);
        await socket.SendAsync(new byte[] { 1, 2, 3 }, cancellationToken);
        byte[] answer = new byte[16];
        Assert.Equal(1, await socket.ReceiveAsync(answer, cancellationToken));
        return answer[0];
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static async Task<int> ReadAllAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        int read = 0;
        while (read < buffer.Length && await socket.ReceiveAsync(buffer.AsMemory(read), cancellationToken) is > 0 and int count)
        {
            read += count;
        }

        return read;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket connection = await listener.AcceptAsync();
                Interlocked.Increment(ref _accepted);
                _ = EchoAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task EchoAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                byte[] buffer = new byte[1 << 16];
                await connection.SendAsync(new[] { _name });
                while (await connection.ReceiveAsync(buffer) is > 0 and int count)
                {
                    for (int at = 0; at < count;)
                    {
                        at += await connection.SendAsync(buffer.AsMemory(at, count - at));
                    }
                }

                connection.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // The client tells what is missing.
            }
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        try
        {
            byte[] buffer = new byte[16];
            EndPoint any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
            while (true)
            {
                SocketReceiveFromResult asked = await socket.ReceiveFromAsync(buffer, any);
                await socket.SendToAsync(new[] { _name }, asked.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
