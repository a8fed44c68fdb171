namespace Lodestone.Datapath.Ring;

/// <summary>Slots that learn for the gateway's own sake (<see cref="RingPast"/>).</summary>
/// <param name="Found">How many have become late.</param>
/// <param name="Kept">How many go on with a previous owner that the history does not name.</param>
public readonly record struct LateSlots(int Found, int Kept)
{
    /// <summary>Whether the ring is another than the history makes it.</summary>
    public bool IsAny => Found + Kept > 0;
}
