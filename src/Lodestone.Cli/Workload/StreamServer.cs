using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lodestone.Cli.Workload;

/// <summary>Takes TCP streams: says its name in a line, then after each piece how many bytes have come so far, 8 bytes, big endian.</summary>
internal sealed class StreamServer : IAsyncDisposable
{
    /// <summary>Length of an answer.</summary>
    public const int AnswerLength = 8;

    private const int BufferLength = 64 * 1024;

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _greeting;
    private readonly Task _accepting;

    /// <summary>Listens.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="endpoint">Where; <c>[::]</c> is both families, also for addresses that come later.</param>
    public StreamServer(string name, IPEndPoint endpoint)
    {
        _greeting = Encoding.ASCII.GetBytes(name + "\n");
        _listener.Bind(endpoint);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync();
                _ = TakeAsync(socket);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Told to stop.
        }
    }

    private async Task TakeAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[BufferLength];
            byte[] answer = new byte[AnswerLength];
            try
            {
                socket.NoDelay = true;
                await socket.SendAsync(_greeting);
                long got = 0;
                int length;
                while ((length = await socket.ReceiveAsync(buffer)) > 0)
                {
                    got += length;
                    BinaryPrimitives.WriteInt64BigEndian(answer, got);
                    await socket.SendAsync(answer);
                }
            }
            catch (SocketException)
            {
                // The client is gone, and knows why.
            }
        }
    }
}
