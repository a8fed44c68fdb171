namespace Lodestone.Datapath.Ring;

/// <summary>A target and its share of new flows.</summary>
/// <param name="Target">Its identity (<see cref="Hashing.TargetHash"/>).</param>
/// <param name="Weight">Its share relative to the others'. 0: it takes no new flows and keeps those it has.</param>
public readonly record struct WeightedTarget(ulong Target, byte Weight)
{
    /// <summary>The weight of a target that nobody gave another.</summary>
    public const byte DefaultWeight = 100;

    /// <summary>A target of the default weight.</summary>
    public static implicit operator WeightedTarget(ulong target) => new(target, DefaultWeight);
}
