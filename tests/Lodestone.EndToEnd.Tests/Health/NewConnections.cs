using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

using Lodestone.EndToEnd.Tests.Overlay;
using Lodestone.Linux.Namespaces;

namespace Lodestone.EndToEnd.Tests.Health;

/// <summary>Opens a connection to each of some addresses over and over, and remembers when one failed last.</summary>
internal sealed class NewConnections : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _tasks;
    private long _succeeded;
    private long _failed;
    private long _failedAt;

    public NewConnections(NetworkNamespace client, IEnumerable<IPAddress> addresses, int port)
    {
        _tasks = [.. addresses.Select(address => Task.Run(() => RunAsync(client, new IPEndPoint(address, port))))];
    }

    public long Succeeded => Interlocked.Read(ref _succeeded);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>The timestamp of the last failure; 0: there was none.</summary>
    public long FailedAt => Interlocked.Read(ref _failedAt);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_tasks);
        _stopping.Dispose();
    }

    private async Task RunAsync(NetworkNamespace client, IPEndPoint server)
    {
        while (!_stopping.IsCancellationRequested)
        {
            using Socket socket = EchoServer.Open(client, server.AddressFamily, SocketType.Stream);
            socket.LingerState = new LingerOption(true, 0);
            try
            {
                await socket.ConnectAsync(server, _stopping.Token);
                Interlocked.Increment(ref _succeeded);
                await Task.Delay(Pause, _stopping.Token);
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref _failed);
                Interlocked.Exchange(ref _failedAt, Stopwatch.GetTimestamp());
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
