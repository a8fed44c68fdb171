using System.Globalization;

namespace Lodestone.Agent.Heartbeat;

/// <summary>Whether what the agent knows of the API is current, as its Host says it. Who calls has the clock. Not thread-safe.</summary>
/// <remarks>
/// Says something else only when that changes: a Host is not written for each event. That the agent lives at all is said by its Lease; this is for
/// watches that have gone silent, and for when the API was away.
/// </remarks>
internal sealed class ApiFreshness
{
    /// <summary>From which age on nothing current is known: a bookmark comes about once a minute.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    internal const string Current = "Current";
    internal const string Regained = "Regained";
    internal const string Stale = "Stale";

    private (string Resource, DateTimeOffset Since)? _stale;
    private (DateTimeOffset Since, DateTimeOffset Until)? _gap;

    /// <summary>Judges how long ago the API was heard of.</summary>
    /// <param name="ages">Time since an event, a bookmark or a list came, for each watched resource.</param>
    /// <param name="now">The time.</param>
    /// <returns>One of the reasons, and the same message until something changes.</returns>
    public (string Reason, string Message) Look(IReadOnlyDictionary<string, TimeSpan> ages, DateTimeOffset now)
    {
        (string? oldest, TimeSpan age) = ages.Select(entry => (entry.Key, entry.Value)).DefaultIfEmpty().MaxBy(entry => entry.Value);
        if (oldest is not null && age >= Limit)
        {
            _stale ??= (oldest, now - age);
            return (Stale, string.Create(
                CultureInfo.InvariantCulture,
                $"nothing has been heard of {_stale.Value.Resource} since {_stale.Value.Since:u}: the data path serves what was known then; does the agent reach the API server?"));
        }

        if (_stale is { } was)
        {
            (_gap, _stale) = ((was.Since, now), null);
        }

        return _gap is { } gap
            ? (Regained, string.Create(CultureInfo.InvariantCulture, $"the API is heard of; from {gap.Since:u} to {gap.Until:u} it was not"))
            : (Current, "the API is heard of");
    }
}
