using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Workload;

namespace Lodestone.Cli.Lab.Load;

/// <summary>Opens a connection every 100 ms, whatever becomes of those before, asks once over each and closes it.</summary>
internal sealed class NewConnectionSource : LoadFlow
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static readonly HttpRequestOptionsKey<StrongBox<int>> Retransmits = new("retransmits");

    // A SYN that was lost is sent again after a second (RFC 6298, 2.1), and again; who has waited for so long has gone elsewhere.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    // Linux sends one again at once where it was answered by an ACK: the server still has an older connection of that port (RFC 5961, 4.2). Nothing was lost then.
    private static readonly TimeSpan LeastLoss = TimeSpan.FromMilliseconds(900);

    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly Uri _uri;
    private readonly Lock _gate = new();
    private readonly WaitTimes _waits = new();
    private readonly HashSet<Task> _pending = [];
    private int _window;
    private int _failed;
    private int _retried;
    private long? _firstClosedAt;
    private long _lastClosedAt;
    private string? _problem;
    private bool _isEnded;

    /// <summary>Prepares it; nothing is sent yet.</summary>
    public NewConnectionSource(NamespaceSockets clients, SiteBalancer balancer, IPAddress vip, TimeProvider time)
        : base(balancer, vip)
    {
        _time = time;
        _uri = RequestLoad.UriOf(vip);
        _http = new HttpClient(new SocketsHttpHandler
        {
            // Zero: a connection is never used a second time.
            PooledConnectionLifetime = TimeSpan.Zero,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                Socket socket = await clients.ConnectSocketAsync(new IPEndPoint(vip, SitePlan.HttpPort), cancellationToken);
                if (context.InitialRequestMessage.Options.TryGetValue(Retransmits, out StrongBox<int>? retransmits))
                {
                    retransmits.Value = TcpInfo.ReadRetransmits(socket);
                }

                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            Timeout = Limit,
        };
    }

    /// <inheritdoc/>
    public override bool IsBroken => false;

    /// <inheritdoc/>
    public override string? Target => null;

    /// <inheritdoc/>
    public override void Begin()
    {
        lock (_gate)
        {
            _window++;
            _waits.Clear();
            _failed = 0;
            _retried = 0;
            _firstClosedAt = null;
            _lastClosedAt = 0;
            _problem = null;
            _isEnded = false;
        }
    }

    /// <inheritdoc/>
    public override void End()
    {
        lock (_gate)
        {
            _isEnded = true;
        }
    }

    /// <inheritdoc/>
    public override FlowFigures Read()
    {
        lock (_gate)
        {
            return new FlowFigures
            {
                Kind = LoadKind.New,
                Balancer = Balancer,
                Path = null,
                Target = null,
                Answers = _waits.Count,
                Gap = _waits.LongestGap(TimeSpan.Zero),
                Failed = _failed,
                Retried = _retried,
                ClosedFor = _firstClosedAt is { } first ? _time.GetElapsedTime(first, _lastClosedAt) : TimeSpan.Zero,
                Problem = _problem ?? (_retried == 0 ? null : $"{_retried} new connections to {Vip} got through only when their SYN was sent again"),
            };
        }
    }

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await AskAsync(cancellationToken);
        if (_problem is not null)
        {
            throw new CommandException($"{Balancer.Name}: {_problem}");
        }
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Task asking = AskAsync(stop);
            lock (_gate)
            {
                _ = _pending.RemoveWhere(task => task.IsCompleted);
                _ = _pending.Add(asking);
            }

            await Task.Delay(Interval, _time, CancellationToken.None);
        }

        Task[] left;
        lock (_gate)
        {
            left = [.. _pending];
        }

        await Task.WhenAll(left);
    }

    /// <inheritdoc/>
    protected override void Close() => _http.Dispose();

    private async Task AskAsync(CancellationToken stop)
    {
        int window;
        bool counts;
        long start = _time.GetTimestamp();
        lock (_gate)
        {
            window = _window;
            counts = !_isEnded;
        }

        string? problem = null;
        var retransmits = new StrongBox<int>();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _uri);
            request.Options.Set(Retransmits, retransmits);
            using HttpResponseMessage response = await _http.SendAsync(request, stop);
            _ = response.Headers.GetValues(WorkloadServer.NameHeader);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or SocketException)
        {
            problem = $"new connection to {Vip}: {(e is TaskCanceledException ? $"no answer within {Limit.TotalSeconds} s" : e.InnerException?.Message ?? e.Message)}";
        }

        lock (_gate)
        {
            if (!counts || window != _window)
            {
                return;
            }

            TimeSpan wait = _time.GetElapsedTime(start);
            bool isRetried = problem is null && retransmits.Value > 0 && wait >= LeastLoss;
            if (problem is not null || isRetried)
            {
                // By when they were opened: that is when the way was closed to them.
                _firstClosedAt = Math.Min(start, _firstClosedAt ?? start);
                _lastClosedAt = Math.Max(start, _lastClosedAt);
            }

            if (problem is null)
            {
                _waits.Add(wait);
                _retried += isRetried ? 1 : 0;
            }
            else
            {
                _failed++;
                _problem ??= problem;
            }
        }
    }
}
