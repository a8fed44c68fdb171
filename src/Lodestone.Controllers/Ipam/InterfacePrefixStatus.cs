using Lodestone.Api.Ipam;
using Lodestone.Api.Networking;
using Lodestone.Client.Http;

namespace Lodestone.Controllers.Ipam;

/// <summary>Tells in a <see cref="NetworkInterface"/>'s status whether its ephemeral Prefixes are there. Of a load balancer AddressesAllocated says so.</summary>
internal sealed class InterfacePrefixStatus(ApiClient client, TimeProvider timeProvider)
{
    internal const string ConditionType = "PrefixesAllocated";

    /// <summary>Writes the condition; an interface that has none of these Prefixes, and had none, gets no condition.</summary>
    internal async Task WriteAsync(NetworkInterface nic, IReadOnlyList<EphemeralOutcome> outcomes, CancellationToken cancellationToken)
    {
        bool hasCondition = nic.Status?.Conditions.Of(ConditionType) is not null;
        EphemeralOutcome[] missing = [.. outcomes.Where(o => o.Prefix is null)];

        // What is on its way is no news until it is there or known to be stuck.
        bool isOnItsWay = missing.Length > 0 && Array.TrueForAll(missing, o => o.IsOnItsWay);
        if (!hasCondition && (outcomes.Count == 0 || isOnItsWay))
        {
            return;
        }

        bool isComplete = missing.Length == 0;
        string reason = isComplete ? "Allocated" : missing[0].Reason;
        string message = isComplete ? string.Join(", ", outcomes.Select(o => o.Prefix)) : string.Join("; ", missing.Select(o => o.Message));
        await client.UpdateStatusAsync(
            nic,
            n => (n.Status ??= new NetworkInterfaceStatus()).Conditions = n.Status.Conditions.With(
                ConditionType, isComplete, reason, message, n.Metadata.Generation, timeProvider.GetUtcNow()),
            cancellationToken);
    }
}
