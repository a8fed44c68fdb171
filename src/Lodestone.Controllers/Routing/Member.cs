using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>One address of one network interface, as a member of a ring. Ordered by UID, then by address text.</summary>
/// <param name="Uid">UID of the network interface; empty for a plain address.</param>
/// <param name="Ip">The address.</param>
internal readonly record struct Member(string Uid, string Ip) : IComparable<Member>
{
    internal static Member Of(LoadBalancerDestination destination) => new(destination.TargetRef?.Uid ?? destination.Uid ?? "", destination.Ip ?? "");

    internal static Member Of(LoadBalancerDraining draining) => new(draining.TargetRef?.Uid ?? draining.Uid ?? "", draining.Ip ?? "");

    internal static Member Of(RingMember member) => new(member.Uid ?? "", member.Ip);

    /// <inheritdoc/>
    public int CompareTo(Member other)
    {
        int byUid = string.CompareOrdinal(Uid, other.Uid);
        return byUid != 0 ? byUid : string.CompareOrdinal(Ip, other.Ip);
    }
}
