using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Namespaces;

namespace Lodestone.EndToEnd.Tests.Soak;

/// <summary>One TCP connection that carries data as long as the soak lasts; at its end the target tells how much it got.</summary>
internal sealed class BulkStream
{
    public const int Port = 5001;

    private const int ChunkBytes = 64 * 1024;

    // Some 10 MB/s: the machine has more to do.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(15);

    private long _sent;

    /// <summary>Bytes handed to TCP.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>What went wrong; null for nothing.</summary>
    public string? Broken { get; private set; }

    /// <summary>Has a workload take streams. The listener ends them when it is disposed.</summary>
    public static Socket Listen(LabWorkload workload)
    {
        Socket listener = workload.Namespace.Run(() =>
        {
            var made = new Socket(SocketType.Stream, ProtocolType.Tcp);
            made.Bind(new IPEndPoint(IPAddress.IPv6Any, Port));
            made.Listen();
            return made;
        });
        _ = Task.Run(() => AcceptAsync(listener));
        return listener;
    }

    /// <summary>Sends until told to stop.</summary>
    public async Task RunAsync(NetworkNamespace from, IPAddress vip, CancellationToken stop)
    {
        using Socket socket = from.Run(() => new Socket(vip.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            await socket.ConnectAsync(new IPEndPoint(vip, Port), CancellationToken.None);
            while (!stop.IsCancellationRequested)
            {
                Interlocked.Add(ref _sent, await socket.SendAsync(chunk).WaitAsync(StallLimit, CancellationToken.None));
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            }

            socket.Shutdown(SocketShutdown.Send);
            byte[] answer = new byte[8];
            int length = await socket.ReceiveAsync(answer).WaitAsync(StallLimit, CancellationToken.None);
            long got = length == 8 ? BinaryPrimitives.ReadInt64BigEndian(answer) : -1;
            Broken = got == Sent ? null : $"bulk stream to {vip}: {Sent:N0} bytes sent, the target got {got:N0}";
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            Broken = $"bulk stream to {vip} after {Sent:N0} bytes: {e.Message}";
        }
    }

    private static async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptAsync();
                _ = Task.Run(() => TakeAsync(socket));
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The soak is over.
        }
    }

    private static async Task TakeAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[ChunkBytes];
            long got = 0;
            try
            {
                int length;
                while ((length = await socket.ReceiveAsync(buffer)) > 0)
                {
                    got += length;
                }

                BinaryPrimitives.WriteInt64BigEndian(buffer, got);
                await socket.SendAsync(buffer.AsMemory(0, 8));
            }
            catch (SocketException)
            {
                // The sender tells.
            }
        }
    }
}
