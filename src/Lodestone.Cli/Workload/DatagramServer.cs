using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lodestone.Cli.Workload;

/// <summary>Answers each datagram with its first four bytes, which number it, and its own name.</summary>
internal sealed class DatagramServer : IAsyncDisposable
{
    /// <summary>Length of the number.</summary>
    public const int NumberLength = 4;

    private const int BufferLength = 2048;

    private readonly Socket _socket;
    private readonly byte[] _name;
    private readonly Task _answering;

    /// <summary>Listens.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="endpoint">One address, from which it answers; the workload has to own it.</param>
    public DatagramServer(string name, IPEndPoint endpoint)
    {
        _name = Encoding.ASCII.GetBytes(name);
        _socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Bind(endpoint);
        _answering = AnswerAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _answering;
    }

    private async Task AnswerAsync()
    {
        byte[] buffer = new byte[BufferLength];
        var any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            try
            {
                SocketReceiveFromResult received = await _socket.ReceiveFromAsync(buffer, any);
                if (received.ReceivedBytes >= NumberLength)
                {
                    _name.CopyTo(buffer.AsSpan(NumberLength));
                    _ = await _socket.SendToAsync(buffer.AsMemory(0, NumberLength + _name.Length), received.RemoteEndPoint);
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException)
            {
                // An ICMP error about a client that is gone.
            }
        }
    }
}
