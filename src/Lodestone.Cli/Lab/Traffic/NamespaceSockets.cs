using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

using Lodestone.Linux.Namespaces;

namespace Lodestone.Cli.Lab.Traffic;

/// <summary>TCP connections out of a network namespace, for HTTP clients that themselves live elsewhere.</summary>
/// <remarks>
/// A socket stays in the namespace it was created in, whichever thread uses it. Entering one costs a thread, so sockets are made a batch at
/// a time. Thread-safe.
/// </remarks>
internal sealed class NamespaceSockets(NetworkNamespace networkNamespace) : IDisposable
{
    private const int BatchSize = 64;

    private readonly ConcurrentBag<Socket> _ipv4 = [];
    private readonly ConcurrentBag<Socket> _ipv6 = [];

    /// <summary>Connects; the stream owns the socket.</summary>
    public async ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken) =>
        new NetworkStream(await ConnectSocketAsync(endpoint, cancellationToken), ownsSocket: true);

    /// <summary>Connects; the caller owns the socket.</summary>
    public async ValueTask<Socket> ConnectSocketAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        Socket socket = Take(endpoint.AddressFamily);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(endpoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes the sockets that were made and not used.</summary>
    public void Dispose()
    {
        foreach (Socket socket in (Socket[])[.. _ipv4, .. _ipv6])
        {
            socket.Dispose();
        }
    }

    private Socket Take(AddressFamily family)
    {
        ConcurrentBag<Socket> sockets = family == AddressFamily.InterNetwork ? _ipv4 : _ipv6;
        Socket? socket;
        while (!sockets.TryTake(out socket))
        {
            networkNamespace.Run(() =>
            {
                for (int i = 0; i < BatchSize; i++)
                {
                    sockets.Add(new Socket(family, SocketType.Stream, ProtocolType.Tcp));
                }
            });
        }

        return socket;
    }
}
