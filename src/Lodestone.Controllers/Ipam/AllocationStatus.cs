using Lodestone.Api.Ipam;
using Lodestone.Client.Events;
using Lodestone.Client.Http;

namespace Lodestone.Controllers.Ipam;

/// <summary>Writes what became of a <see cref="PrefixAllocation"/>: phase, result, condition, and an Event when the reason changes.</summary>
internal static class AllocationStatus
{
    internal const string ConditionType = "Allocated";

    /// <summary>Leaves an allocation alone that somebody else ended meanwhile.</summary>
    internal static async Task WriteAsync(
        ApiClient client,
        EventRecorder events,
        TimeProvider timeProvider,
        PrefixAllocation allocation,
        string phase,
        string? part,
        string reason,
        string message,
        CancellationToken cancellationToken)
    {
        bool isAllocated = phase == PrefixRequests.Allocated;
        bool isNews = false;
        PrefixAllocation? written = await client.UpdateStatusAsync(
            allocation,
            a =>
            {
                isNews = PrefixRequests.IsPending(a) && a.Status?.Conditions.Of(ConditionType)?.Reason != reason;
                if (!PrefixRequests.IsPending(a))
                {
                    return;
                }

                DateTimeOffset now = timeProvider.GetUtcNow();
                PrefixAllocationStatus status = a.Status ??= new PrefixAllocationStatus();
                status.LastPhaseTransitionTime = status.Phase == phase ? status.LastPhaseTransitionTime : now;
                status.Phase = phase;
                status.Prefix = part;
                status.Conditions = status.Conditions.With(ConditionType, isAllocated, reason, message, a.Metadata.Generation, now);
            },
            cancellationToken);
        if (written is not null && isNews && !isAllocated)
        {
            // IronCore tells what can still come right as Normal.
            events.Record(allocation, phase == PrefixRequests.Failed ? EventType.Warning : EventType.Normal, reason, message);
        }
    }
}
