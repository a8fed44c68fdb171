using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Routing;

/// <summary>A member of a ring with its weight: one whose weight changes leaves with the one and joins with the other. Ordered as members are.</summary>
/// <param name="Member">The member.</param>
/// <param name="Weight">Its weight.</param>
internal readonly record struct WeightedMember(Member Member, int Weight) : IComparable<WeightedMember>
{
    internal static WeightedMember Of(LoadBalancerDestination destination) =>
        new(Member.Of(destination), destination.Weight ?? LoadBalancerPolicySpec.DefaultWeight);

    internal static WeightedMember Of(RingMember member) => new(Member.Of(member), member.Weight ?? LoadBalancerPolicySpec.DefaultWeight);

    /// <summary>As a routing says it.</summary>
    internal RingMember ToRingMember() => new()
    {
        Uid = Member.Uid.Length > 0 ? Member.Uid : null,
        Ip = Member.Ip,
        Weight = Published(Weight),
    };

    /// <summary>A weight as a routing says it: the default is left out.</summary>
    internal static int? Published(int weight) => weight == LoadBalancerPolicySpec.DefaultWeight ? null : weight;

    /// <inheritdoc/>
    public int CompareTo(WeightedMember other)
    {
        int byMember = Member.CompareTo(other.Member);
        return byMember != 0 ? byMember : Weight.CompareTo(other.Weight);
    }
}
