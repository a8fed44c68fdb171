using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;

namespace Lodestone.Controllers.Ipam;

/// <summary>Which of a child prefix's allocations counts: the pure half of <see cref="PrefixController"/>.</summary>
/// <param name="Active">The one that counts; null: none does.</param>
/// <param name="Outdated">Those that can go.</param>
internal sealed record SubPrefix(PrefixAllocation? Active, IReadOnlyList<PrefixAllocation> Outdated)
{
    /// <param name="prefix">The child.</param>
    /// <param name="allocations">The allocations it controls.</param>
    /// <remarks>
    /// One that is Allocated is outdated only once the child's spec, which is set once, says otherwise: two controllers may see
    /// different allocations, and what one of them makes the child's own the other must not give back.
    /// </remarks>
    internal static SubPrefix Of(Prefix prefix, IEnumerable<PrefixAllocation> allocations)
    {
        PrefixAllocation[] all = [.. allocations.Where(a => !a.IsBeingDeleted)];
        PrefixAllocation? active = all
            .Where(a => IsFor(prefix.Spec, a))
            .OrderBy(Rank)
            .ThenByDescending(a => a.Metadata.CreationTimestamp)
            .ThenBy(a => a.Metadata.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        bool isSettled = PrefixRequests.IsAllocated(prefix) && active is not null && PrefixRequests.IsAllocated(active);
        return new SubPrefix(active, [.. all.Where(a => a != active && (isSettled || !PrefixRequests.IsAllocated(a) || !IsFor(prefix.Spec, a)))]);
    }

    /// <summary>A request for what the child's spec asks for at present.</summary>
    internal static PrefixAllocation RequestOf(Prefix prefix) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = prefix.Metadata.Namespace,
            GenerateName = $"{prefix.Metadata.Name}-",
            Labels = new Dictionary<string, string> { [PrefixController.RequesterLabel] = prefix.Metadata.Uid ?? "" },
            OwnerReferences = [Ownership.ControllerReference(prefix)],
        },
        Spec = new PrefixAllocationSpec
        {
            IpFamily = prefix.Spec.IpFamily,
            Prefix = prefix.Spec.Prefix,
            PrefixLength = prefix.Spec.Prefix is null ? prefix.Spec.PrefixLength : null,
            PrefixRef = prefix.Spec.ParentRef,
            PrefixSelector = prefix.Spec.ParentSelector,
        },
    };

    private static bool IsFor(PrefixSpec spec, PrefixAllocation allocation)
    {
        PrefixAllocationSpec request = allocation.Spec;
        bool isSamePart = request.Prefix is not null
            ? request.Prefix == spec.Prefix
            : (spec.PrefixLength ?? 0) == (request.PrefixLength ?? 0)
                && (spec.Prefix is null || (PrefixRequests.IsAllocated(allocation) && allocation.Status!.Prefix == spec.Prefix));
        bool isSameParent = spec.ParentSelector is null
            ? request.PrefixRef?.Name == spec.ParentRef?.Name
            : request.PrefixSelector is { } selector
                && selector.HasSameTerms(spec.ParentSelector)
                && (spec.ParentRef is null || request.PrefixRef is null || request.PrefixRef.Name == spec.ParentRef.Name);
        return request.IpFamily == spec.IpFamily && isSamePart && isSameParent;
    }

    private static int Rank(PrefixAllocation allocation) =>
        PrefixRequests.IsAllocated(allocation) ? 0 : PrefixRequests.IsPending(allocation) ? 1 : 2;
}
