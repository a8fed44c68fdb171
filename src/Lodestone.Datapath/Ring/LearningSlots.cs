namespace Lodestone.Datapath.Ring;

/// <summary>What a ring that was written has of slots that learn.</summary>
/// <param name="Begun">How many begin to, as the history says.</param>
/// <param name="Late">How many begin to for the gateway's own sake: it has heard of a change after its window (<see cref="RingPast"/>).</param>
/// <param name="Kept">How many go on with a previous owner that the history does not name.</param>
public readonly record struct LearningSlots(int Begun, int Late, int Kept)
{
    /// <summary>Whether the ring is another than the history makes it.</summary>
    public bool IsAnother => Late + Kept > 0;
}
