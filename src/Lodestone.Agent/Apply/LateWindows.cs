namespace Lodestone.Agent.Apply;

/// <summary>
/// Windows of changes that this gateway has heard of late (docs/adr/0023-changes-heard-of-late.md): while one is open, slots learn that the published
/// history lets be. Kept in memory: an agent that restarts finds slots that learn without a published reason, and opens their window anew.
/// </summary>
internal sealed class LateWindows
{
    /// <summary>For how long such slots learn: as long as a published window without a policy.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(15);

    /// <summary>For how much of it unknown UDP flows are taken for older ones than the change.</summary>
    public static readonly TimeSpan UdpLength = TimeSpan.FromMinutes(1);

    private readonly Dictionary<uint, (DateTimeOffset UdpUntil, DateTimeOffset Until)> _open = [];

    public bool IsOpen(uint id, DateTimeOffset now) => _open.TryGetValue(id, out (DateTimeOffset UdpUntil, DateTimeOffset Until) window) && now < window.Until;

    /// <summary>Whether unknown UDP flows are older ones.</summary>
    public bool HoldsUdp(uint id, DateTimeOffset now) => _open.TryGetValue(id, out (DateTimeOffset UdpUntil, DateTimeOffset Until) window) && now < window.UdpUntil;

    /// <summary>Opens a window, or opens it anew.</summary>
    public void Open(uint id, DateTimeOffset now, bool holdsUdp) => _open[id] = (holdsUdp ? now + UdpLength : now, now + Length);

    /// <summary>Forgets a VIP without late slots, or that is gone.</summary>
    public void Close(uint id) => _open.Remove(id);

    /// <summary>When something ends next; null: nothing is open.</summary>
    public DateTimeOffset? NextEnd(uint id, DateTimeOffset now) =>
        !_open.TryGetValue(id, out (DateTimeOffset UdpUntil, DateTimeOffset Until) window) ? null : now < window.UdpUntil ? window.UdpUntil : window.Until;
}
