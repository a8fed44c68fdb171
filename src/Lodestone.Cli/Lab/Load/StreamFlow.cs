using System.Net;
using System.Net.Sockets;
using System.Text;

using Lodestone.Cli.Lab.Site;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Cli.Lab.Load;

/// <summary>A TCP connection that carries some 80 kB/s; the target tells what has come.</summary>
internal sealed class StreamFlow : LoadFlow
{
    private const int ChunkLength = 4096;
    private const int BufferLength = 4096;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly Socket _socket;
    private readonly Lock _gate = new();
    private readonly WaitTimes _waits = new();
    private FlowPath? _path;
    private string? _target;
    private string? _broken;
    private long _lastAt;
    private long? _endedAt;
    private bool _isClosed;

    /// <summary>Prepares it; nothing is sent yet.</summary>
    public StreamFlow(NetworkNamespace clients, SiteBalancer balancer, IPAddress vip, TimeProvider time)
        : base(balancer, vip)
    {
        _time = time;
        _socket = clients.Run(() => new Socket(vip.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
    }

    /// <inheritdoc/>
    public override bool IsBroken => Volatile.Read(ref _broken) is not null;

    /// <inheritdoc/>
    public override string? Target => _target;

    /// <inheritdoc/>
    public override void Begin()
    {
        lock (_gate)
        {
            _waits.Clear();
            _lastAt = _time.GetTimestamp();
            _endedAt = null;
        }
    }

    /// <inheritdoc/>
    public override void End()
    {
        lock (_gate)
        {
            _endedAt = _time.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public override FlowFigures Read()
    {
        lock (_gate)
        {
            long now = _endedAt ?? _time.GetTimestamp();
            return new FlowFigures
            {
                Kind = LoadKind.Streams,
                Balancer = Balancer,
                Path = _path,
                Target = _target,
                Answers = _waits.Count,
                Gap = _waits.LongestGap(_broken is null && now > _lastAt ? _time.GetElapsedTime(_lastAt, now) : TimeSpan.Zero),
                IsReset = _broken is not null,
                Problem = _broken,
            };
        }
    }

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(OpenLimit);
        try
        {
            _socket.NoDelay = true;
            await _socket.ConnectAsync(new IPEndPoint(Vip, SitePlan.StreamPort), limit.Token);
            byte[] name = new byte[BufferLength];
            int length = await _socket.ReceiveAsync(name, limit.Token);
            _target = Encoding.ASCII.GetString(name, 0, length).TrimEnd();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"{Balancer.Name}: no TCP stream to {Vip}: {(e is SocketException ? e.Message : $"no answer within {OpenLimit.TotalSeconds} s")}");
        }

        _path = new FlowPath(ProtocolType.Tcp, ((IPEndPoint)_socket.LocalEndPoint!).Port, Vip);
        Begin();
    }

    /// <inheritdoc/>
    protected override Task RunAsync(CancellationToken stop) => Task.WhenAll(SendAsync(stop), ReceiveAsync());

    /// <inheritdoc/>
    protected override void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        _socket.Dispose();
    }

    private async Task SendAsync(CancellationToken stop)
    {
        byte[] chunk = new byte[ChunkLength];
        try
        {
            while (!stop.IsCancellationRequested && !IsBroken)
            {
                _ = await _socket.SendAsync(chunk);
                await Task.Delay(Interval, _time, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Break(e.Message);
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] answers = new byte[BufferLength];
        try
        {
            while (await _socket.ReceiveAsync(answers) > 0)
            {
                lock (_gate)
                {
                    long now = _time.GetTimestamp();
                    if (_endedAt is null)
                    {
                        _waits.Add(_time.GetElapsedTime(_lastAt, now));
                    }

                    _lastAt = now;
                }
            }

            Break("the target has closed it");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Break(e.Message);
        }
    }

    private void Break(string reason)
    {
        lock (_gate)
        {
            _broken ??= _isClosed ? null : $"TCP stream to {Vip} ({_target}): {reason}";
        }
    }
}
