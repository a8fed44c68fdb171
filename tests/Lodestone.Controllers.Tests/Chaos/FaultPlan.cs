namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>Which requests of the controllers go wrong, and at which write they die. Shared by all incarnations of one run; thread safe.</summary>
/// <param name="seed">Decides everything random.</param>
/// <param name="rate">Share of requests that go wrong; 0 to 1.</param>
/// <param name="crashAt">The write, counted from 1, at which the controllers die; null: none.</param>
/// <param name="isAfter">Whether that write still reaches the server.</param>
/// <param name="late">How long after it then does; zero: at once.</param>
internal sealed class FaultPlan(int seed, double rate, int? crashAt = null, bool isAfter = false, TimeSpan late = default)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private double _rate = rate;
    private int? _crashAt = crashAt;
    private int _writes;
    private int _faults;

    /// <summary>Writes tried so far, all incarnations together.</summary>
    internal int Writes => Volatile.Read(ref _writes);

    /// <summary>Requests that went wrong so far.</summary>
    internal int Faults => Volatile.Read(ref _faults);

    /// <summary>How long a write is on its way whose sender has died.</summary>
    internal TimeSpan Late => late;

    /// <summary>From now on nothing goes wrong.</summary>
    internal void Calm()
    {
        lock (_gate)
        {
            _rate = 0;
            _crashAt = null;
        }
    }

    /// <summary>What becomes of a request.</summary>
    internal Fault Next(HttpRequestMessage request)
    {
        string query = request.RequestUri!.Query;
        Fault[] kinds = request.Method == HttpMethod.Get
            ? query.Contains("watch=true", StringComparison.Ordinal) ? [Fault.Lost, Fault.TooManyRequests, Fault.Expired, Fault.Cut, Fault.Cut]
            : query.Contains("continue=", StringComparison.Ordinal) ? [Fault.Lost, Fault.Expired, Fault.ServerError]
            : [Fault.Lost, Fault.AnswerLost, Fault.TooManyRequests, Fault.ServerError]
            : request.Method == HttpMethod.Post ? [Fault.Lost, Fault.AnswerLost, Fault.AnswerLost, Fault.TooManyRequests, Fault.ServerError]
            : [Fault.Lost, Fault.AnswerLost, Fault.AnswerLost, Fault.Conflict, Fault.TooManyRequests, Fault.ServerError];
        lock (_gate)
        {
            if (request.Method != HttpMethod.Get && ++_writes == _crashAt)
            {
                return late > TimeSpan.Zero ? Fault.CrashLate : isAfter ? Fault.CrashAfter : Fault.CrashBefore;
            }

            // A watch is one request for very many events, so its share is larger.
            bool isFaulty = _random.NextDouble() < (query.Contains("watch=true", StringComparison.Ordinal) ? Math.Min(1, _rate * 4) : _rate);
            _faults += isFaulty ? 1 : 0;
            return isFaulty ? kinds[_random.Next(kinds.Length)] : Fault.None;
        }
    }

    /// <summary>After how many bytes a watch is cut.</summary>
    internal int NextCut()
    {
        lock (_gate)
        {
            return _random.Next(1, 20_000);
        }
    }
}
