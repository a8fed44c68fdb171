namespace Lodestone.Agent.Apply;

/// <summary>
/// Windows of changes that this gateway has heard of late (docs/adr/0023-changes-heard-of-late.md): while one is open, slots that learn go on, also where
/// the published history lets them be. Kept in memory: an agent that restarts finds slots that learn without a published reason, and opens their window anew.
/// </summary>
internal sealed class LateWindows
{
    /// <summary>How long such a window is without a policy that says how long a change is remembered.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(15);

    /// <summary>For how much of it unknown UDP flows are taken for older ones than the change.</summary>
    public static readonly TimeSpan UdpLength = TimeSpan.FromMinutes(1);

    private readonly Dictionary<uint, (DateTimeOffset UdpUntil, DateTimeOffset Until)> _open = [];

    public bool IsOpen(uint id, DateTimeOffset now) => _open.TryGetValue(id, out (DateTimeOffset UdpUntil, DateTimeOffset Until) window) && now < window.Until;

    /// <summary>Whether unknown UDP flows are older ones.</summary>
    public bool HoldsUdp(uint id, DateTimeOffset now) => _open.TryGetValue(id, out (DateTimeOffset UdpUntil, DateTimeOffset Until) window) && now < window.UdpUntil;

    /// <summary>Opens a window, or opens it anew.</summary>
    public void Open(uint id, DateTimeOffset now, TimeSpan length, bool holdsUdp) =>
        _open[id] = (!holdsUdp ? now : now + (length < UdpLength ? length : UdpLength), now + length);

    /// <summary>Forgets a VIP none of whose slots learns, or that is gone.</summary>
    public void Close(uint id) => _open.Remove(id);

    /// <summary>When something ends next; null: nothing is open.</summary>
    public DateTimeOffset? NextEnd(uint id, DateTimeOffset now) =>
        !_open.TryGetValue(id, out (DateTimeOffset UdpUntil, DateTimeOffset Until) window) ? null : now < window.UdpUntil ? window.UdpUntil : window.Until;
}
