using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Metrics;

namespace Lodestone.ApiServer.Fairness;

/// <summary>Seats for requests that are executed at the same time, shared fairly between users.</summary>
/// <remarks>
/// While seats are free, taking one is a lock and two additions. When they are not, requests wait in a queue of their user, and a seat
/// that becomes free goes to the waiting user who holds the fewest. The last tenth of the seats goes only to users who hold none, so that
/// one user's requests, however many and slow, never keep another from being answered at once. What is too much for the queues, or has
/// waited too long, is refused with 429.
/// </remarks>
internal sealed class FairQueue
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Flow> _flows = new(StringComparer.Ordinal);
    private readonly LinkedList<Flow> _waiting = new();
    private readonly Stack<Flow> _spare = new();
    private readonly FairQueueOptions _options;
    private readonly TimeProvider _time;
    private readonly int _reserve;
    private readonly Counter _dispatched;
    private readonly Counter _full;
    private readonly Counter _timedOut;
    private readonly Histogram _waited;
    private readonly Histogram _refused;
    private int _taken;
    private int _queued;

    /// <summary>Free seats.</summary>
    public FairQueue(PriorityLevel level, FairQueueOptions options, ServerMetrics metrics, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _reserve = options.Seats / 10;
        _dispatched = metrics.Dispatched.With(level.Name, level.Name);
        _full = metrics.Rejected.With(level.Name, level.Name, "queue-full");
        _timedOut = metrics.Rejected.With(level.Name, level.Name, "time-out");
        _waited = metrics.QueueSeconds.With(level.Name, level.Name, "true");
        _refused = metrics.QueueSeconds.With(level.Name, level.Name, "false");
    }

    /// <summary>Seats that are taken.</summary>
    public int Taken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    /// <summary>Requests that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _queued;
            }
        }
    }

    /// <summary>Takes a seat for a user if there is one for them now.</summary>
    public bool TryEnter(string user, out Flow flow)
    {
        lock (_gate)
        {
            flow = FlowOfLocked(user);
            if (flow.Waiting.Count > 0 || !MayEnterLocked(flow))
            {
                return false;
            }

            flow.Seats++;
            _taken++;
        }

        _dispatched.Add();
        return true;
    }

    /// <summary>Waits for a seat.</summary>
    /// <exception cref="ApiException">429: too many wait already, or it took too long.</exception>
    /// <exception cref="OperationCanceledException">The client left, or the request's time is over.</exception>
    public async Task<Flow> EnterAsync(string user, CancellationToken cancellationToken)
    {
        long began = _time.GetTimestamp();
        Waiter waiter;
        Flow flow;
        lock (_gate)
        {
            flow = FlowOfLocked(user);
            if (flow.Waiting.Count >= _options.QueuePerUser || _queued >= _options.Queue)
            {
                ReturnIfUnusedLocked(flow);
                _full.Add();
                throw ApiErrors.TooManyRequests("too many requests, please try again later");
            }

            waiter = new Waiter(flow);
            waiter.Node = flow.Waiting.AddLast(waiter);
            if (flow.Waiting.Count == 1)
            {
                flow.Node = _waiting.AddLast(flow);
            }

            _queued++;
            // A seat may have become free since TryEnter.
            HandOutLocked();
        }

        try
        {
            await waiter.Entered.Task.WaitAsync(_options.LongestWait, _time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            if (LeaveQueue(waiter))
            {
                _refused.Observe(_time.GetElapsedTime(began).TotalSeconds);
                if (exception is OperationCanceledException)
                {
                    throw;
                }

                _timedOut.Add();
                throw ApiErrors.TooManyRequests("too many requests, please try again later");
            }

            // It was let in at the last moment.
        }

        _dispatched.Add();
        _waited.Observe(_time.GetElapsedTime(began).TotalSeconds);
        return flow;
    }

    /// <summary>Gives a seat back.</summary>
    public void Leave(Flow flow)
    {
        lock (_gate)
        {
            flow.Seats--;
            _taken--;
            ReturnIfUnusedLocked(flow);
            HandOutLocked();
        }
    }

    private bool MayEnterLocked(Flow flow) => _taken < _options.Seats - _reserve || (_taken < _options.Seats && flow.Seats == 0);

    private Flow FlowOfLocked(string user)
    {
        if (!_flows.TryGetValue(user, out Flow? flow))
        {
            flow = _spare.TryPop(out Flow? spare) ? spare : new Flow();
            flow.User = user;
            _flows.Add(user, flow);
        }

        return flow;
    }

    private void ReturnIfUnusedLocked(Flow flow)
    {
        if (flow.Seats == 0 && flow.Waiting.Count == 0 && _flows.Remove(flow.User) && _spare.Count < 64)
        {
            _spare.Push(flow);
        }
    }

    private void HandOutLocked()
    {
        while (_waiting.Count > 0 && _taken < _options.Seats)
        {
            Flow? next = null;
            foreach (Flow flow in _waiting)
            {
                if (MayEnterLocked(flow) && (next is null || flow.Seats < next.Seats))
                {
                    next = flow;
                }
            }

            if (next is null)
            {
                return;
            }

            Waiter waiter = next.Waiting.First!.Value;
            next.Seats++;
            _taken++;
            RemoveLocked(waiter);
            if (next.Node is { } node)
            {
                // Among users with the same number of seats, each has its turn.
                _waiting.Remove(node);
                _waiting.AddLast(node);
            }

            waiter.Entered.SetResult();
        }
    }

    /// <summary>Takes a waiter out of the queue; false if it holds a seat by now.</summary>
    private bool LeaveQueue(Waiter waiter)
    {
        lock (_gate)
        {
            if (waiter.Node is null)
            {
                return false;
            }

            RemoveLocked(waiter);
            ReturnIfUnusedLocked(waiter.Flow);
            return true;
        }
    }

    private void RemoveLocked(Waiter waiter)
    {
        waiter.Flow.Waiting.Remove(waiter.Node!);
        waiter.Node = null;
        _queued--;
        if (waiter.Flow.Waiting.Count == 0)
        {
            _waiting.Remove(waiter.Flow.Node!);
            waiter.Flow.Node = null;
        }
    }

    /// <summary>What one user has: seats, and requests that wait. Only its queue changes it.</summary>
    internal sealed class Flow
    {
        public string User { get; set; } = "";

        public int Seats { get; set; }

        public LinkedList<Waiter> Waiting { get; } = new();

        public LinkedListNode<Flow>? Node { get; set; }
    }

    /// <summary>A request that waits; its node is null once it no longer does.</summary>
    internal sealed class Waiter(Flow flow)
    {
        public Flow Flow { get; } = flow;

        public LinkedListNode<Waiter>? Node { get; set; }

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
