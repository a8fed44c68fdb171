using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Workload;

namespace Lodestone.Cli.Lab.Load;

/// <summary>HTTP requests over one connection that is kept, some ten a second.</summary>
internal sealed class KeptFlow : LoadFlow
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly Uri _uri;
    private readonly Lock _gate = new();
    private readonly WaitTimes _waits = new();
    private Socket? _socket;
    private FlowPath? _path;
    private string? _target;
    private string? _broken;
    private string? _moved;
    private long? _askedAt;
    private long? _endedAt;

    /// <summary>Prepares it; nothing is sent yet.</summary>
    public KeptFlow(NamespaceSockets clients, SiteBalancer balancer, IPAddress vip, TimeProvider time)
        : base(balancer, vip)
    {
        _time = time;
        _uri = RequestLoad.UriOf(vip);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = 1,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            ConnectCallback = async (_, cancellationToken) =>
            {
                // HTTP clients replace a lost connection without a word. Here its loss is what we look for.
                if (_socket is not null)
                {
                    throw new IOException("the connection was lost");
                }

                _socket = await clients.ConnectSocketAsync(new IPEndPoint(vip, SitePlan.HttpPort), cancellationToken);
                return new NetworkStream(_socket, ownsSocket: true);
            },
        })
        {
            Timeout = AnswerLimit,
        };
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
            _moved = null;
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
            TimeSpan pending = _askedAt is { } asked && _broken is null && _endedAt is { } ended && ended > asked ? _time.GetElapsedTime(asked, ended) : TimeSpan.Zero;
            return new FlowFigures
            {
                Kind = LoadKind.Kept,
                Balancer = Balancer,
                Path = _path,
                Target = _target,
                Answers = _waits.Count,
                Gap = _waits.LongestGap(pending),
                IsReset = _broken is not null,
                IsMoved = _moved is not null,
                Problem = _broken ?? _moved,
            };
        }
    }

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await AskAsync(cancellationToken);
        if (_broken is not null)
        {
            throw new CommandException($"{Balancer.Name}: {_broken}");
        }

        _path = new FlowPath(ProtocolType.Tcp, ((IPEndPoint)_socket!.LocalEndPoint!).Port, Vip);
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !IsBroken)
        {
            await Task.Delay(Interval, _time, CancellationToken.None);
            await AskAsync(stop);
        }
    }

    /// <inheritdoc/>
    protected override void Close() => _http.Dispose();

    private async Task AskAsync(CancellationToken stop)
    {
        lock (_gate)
        {
            _askedAt = _time.GetTimestamp();
        }

        try
        {
            using HttpResponseMessage response = await _http.GetAsync(_uri, stop);
            string name = string.Join(',', response.Headers.GetValues(WorkloadServer.NameHeader));
            lock (_gate)
            {
                if (_endedAt is null)
                {
                    _waits.Add(_time.GetElapsedTime(_askedAt!.Value));
                }

                if (_target is not null && _target != name)
                {
                    _moved ??= $"kept connection to {Vip}: {name} answered, before it was {_target}";
                }

                _target = name;
                _askedAt = null;
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or InvalidOperationException)
        {
            string reason = e is TaskCanceledException ? $"no answer within {AnswerLimit.TotalSeconds} s" : e.InnerException?.InnerException?.Message ?? e.InnerException?.Message ?? e.Message;
            Volatile.Write(ref _broken, $"kept connection to {Vip} ({_target}): {reason}");
        }
    }
}
