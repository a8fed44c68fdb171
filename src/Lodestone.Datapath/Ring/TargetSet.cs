using System.Collections.Immutable;

namespace Lodestone.Datapath.Ring;

/// <summary>The targets that take the new flows of one ring, at one time.</summary>
/// <param name="Targets">Identities, ascending, each once.</param>
/// <param name="Weights">The weight of each, 1 to 255; empty where all are equal.</param>
public readonly record struct TargetSet(ImmutableArray<ulong> Targets, ImmutableArray<byte> Weights)
{
    /// <summary>Of targets by their weights, which are not modified; those of weight 0 are left out.</summary>
    public static TargetSet Of(SortedDictionary<ulong, byte> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ImmutableArray<ulong>.Builder targets = ImmutableArray.CreateBuilder<ulong>(weights.Count);
        ImmutableArray<byte>.Builder shares = ImmutableArray.CreateBuilder<byte>(weights.Count);
        foreach ((ulong target, byte weight) in weights)
        {
            if (weight > 0)
            {
                targets.Add(target);
                shares.Add(weight);
            }
        }

        bool isEqual = shares.All(weight => weight == shares[0]);
        return new TargetSet(targets.DrainToImmutable(), isEqual ? [] : shares.DrainToImmutable());
    }

    /// <summary>Size of its ring: 2^k slots; 0 where there are no targets.</summary>
    public int SizeLog2 => Targets.IsEmpty ? 0 : MaglevRing.SizeLog2(Targets.Length, Weights.AsSpan());
}
