namespace Lodestone.Agent.Events;

/// <summary>How many events of a kind there were since the listener began, over all CPUs.</summary>
/// <param name="Sent">Told.</param>
/// <param name="Limited">Left out: more than a CPU tells in a time.</param>
/// <param name="Full">Left out: the listener had not read yet what came before.</param>
public readonly record struct EventTotals(ulong Sent, ulong Limited, ulong Full)
{
    /// <summary>Left out, for whatever reason.</summary>
    public ulong LeftOut => Limited + Full;

    /// <summary>Both.</summary>
    public static EventTotals operator +(EventTotals a, EventTotals b) => new(a.Sent + b.Sent, a.Limited + b.Limited, a.Full + b.Full);
}
