using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Workload;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Cli.Lab.Load;

/// <summary>A UDP flow of numbered datagrams, fifty a second.</summary>
/// <remarks>What is late by this machine's own doing is not lost: a gap is told by which numbers never came back, and by when they were sent.</remarks>
internal sealed class DatagramFlow : LoadFlow
{
    private const int PacketLength = 64;
    private const int BufferLength = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FirstAnswerLimit = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly Socket _socket;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<long> _sentAt = [];
    private readonly List<bool> _isAnswered = [];
    private uint _next;
    private uint _first;
    private int? _end;
    private string? _home;
    private string? _target;
    private string? _moved;

    /// <summary>Prepares it; nothing is sent yet.</summary>
    public DatagramFlow(NetworkNamespace clients, SiteBalancer balancer, IPAddress vip, TimeProvider time)
        : base(balancer, vip)
    {
        _time = time;
        _socket = clients.Run(() => new Socket(vip.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
    }

    /// <inheritdoc/>
    public override bool IsBroken => false;

    /// <inheritdoc/>
    public override string? Target => _target;

    /// <inheritdoc/>
    public override void Begin()
    {
        lock (_gate)
        {
            _first = _next;
            _sentAt.Clear();
            _isAnswered.Clear();
            _end = null;
            _home = _target;
            _moved = null;
        }
    }

    /// <inheritdoc/>
    public override void End()
    {
        lock (_gate)
        {
            _end = _sentAt.Count;
        }
    }

    /// <inheritdoc/>
    public override FlowFigures Read()
    {
        lock (_gate)
        {
            int count = _end ?? _sentAt.Count;
            (int lost, long longest) = LostRow.Find(_sentAt.GetRange(0, count), _isAnswered.GetRange(0, count));
            return new FlowFigures
            {
                Kind = LoadKind.Datagrams,
                Balancer = Balancer,
                Path = new FlowPath(ProtocolType.Udp, ((IPEndPoint)_socket.LocalEndPoint!).Port, Vip),
                Target = _home,
                Answers = count - lost,
                Gap = _time.GetElapsedTime(0, longest),
                Lost = lost,
                IsMoved = _moved is not null,
                Problem = _moved ?? (lost == 0 ? null : $"{lost} of {count} datagrams to {Vip} ({_home}) were lost"),
            };
        }
    }

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _socket.ConnectAsync(new IPEndPoint(Vip, SitePlan.DatagramPort), cancellationToken);
        _ = Task.Run(ReceiveAsync, CancellationToken.None);
        for (long start = _time.GetTimestamp(); !_answered.Task.IsCompleted; await Task.WhenAny(_answered.Task, Task.Delay(Interval, _time, cancellationToken)))
        {
            await SendAsync();
            if (_time.GetElapsedTime(start) > FirstAnswerLimit)
            {
                throw new CommandException($"{Balancer.Name}: no answer over UDP from {Vip} within {FirstAnswerLimit.TotalSeconds} s");
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await SendAsync();
            await Task.Delay(Interval, _time, CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    protected override void Close() => _socket.Dispose();

    private async Task SendAsync()
    {
        byte[] packet = new byte[PacketLength];
        lock (_gate)
        {
            BinaryPrimitives.WriteUInt32BigEndian(packet, _next++);
            _sentAt.Add(_time.GetTimestamp());
            _isAnswered.Add(false);
        }

        try
        {
            _ = await _socket.SendAsync(packet);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // An ICMP error about an earlier one, or told to stop. What was not sent is not answered.
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[BufferLength];
        while (true)
        {
            try
            {
                int length = await _socket.ReceiveAsync(buffer);
                Take(BinaryPrimitives.ReadUInt32BigEndian(buffer), Encoding.ASCII.GetString(buffer, DatagramServer.NumberLength, length - DatagramServer.NumberLength));
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException)
            {
                // An ICMP error: the datagram it is about stays unanswered.
            }
        }
    }

    private void Take(uint number, string target)
    {
        lock (_gate)
        {
            int index = (int)(number - _first);
            if (index >= 0 && index < _isAnswered.Count)
            {
                _isAnswered[index] = true;
            }

            if (_target is not null && _target != target)
            {
                _moved ??= $"datagram {number} to {Vip} was answered by {target}, those before by {_target}";
            }

            _target = target;
        }

        _ = _answered.TrySetResult();
    }
}
