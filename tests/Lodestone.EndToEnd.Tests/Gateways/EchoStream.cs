using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab;
using Lodestone.EndToEnd.Tests.Overlay;

namespace Lodestone.EndToEnd.Tests.Gateways;

/// <summary>A client that asks an address every few milliseconds, and how long it was without an answer.</summary>
internal sealed class EchoStream : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _socket;
    private readonly Task _sending;
    private readonly Task _receiving;
    private long _lastAt = Stopwatch.GetTimestamp();
    private long _longestTicks;

    public EchoStream(LabNode client, IPAddress vip)
    {
        _socket = EchoServer.Open(client.Namespace, vip.AddressFamily, SocketType.Dgram);
        _socket.Connect(new IPEndPoint(vip, EchoServer.UdpPort));
        _sending = Task.Run(SendAsync);
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>How long ago the last answer came.</summary>
    public TimeSpan Silence => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastAt));

    /// <summary>The longest time between two answers since it was last taken.</summary>
    public TimeSpan LongestGap => TimeSpan.FromTicks(Interlocked.Read(ref _longestTicks));

    /// <summary>The same, counted anew from now on.</summary>
    public TimeSpan TakeLongestGap() => TimeSpan.FromTicks(Interlocked.Exchange(ref _longestTicks, 0));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_sending, _receiving);
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _socket.SendAsync(new byte[] { 1 }, _stop.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Nobody there just now; that is what is measured.
            }

            await Task.Delay(Interval, CancellationToken.None);
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[16];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _socket.ReceiveAsync(buffer, _stop.Token);
                long now = Stopwatch.GetTimestamp();
                long gap = Stopwatch.GetElapsedTime(_lastAt, now).Ticks;
                Volatile.Write(ref _lastAt, now);
                _longestTicks = Math.Max(_longestTicks, gap);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // An ICMP error of the moment.
            }
        }
    }
}
