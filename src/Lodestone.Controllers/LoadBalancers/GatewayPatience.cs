using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>How long gateways that lag behind a change are waited for, by our own clock from when we saw it. A gateway that gets on is waited for anew.</summary>
/// <remarks>
/// Every change of targets makes every gateway lag for a moment; without patience each would flip a condition to and fro. A restart of
/// ours grants a new wait. One load balancer is asked for by one worker at a time.
/// </remarks>
internal sealed class GatewayPatience(TimeSpan limit, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<ObjectKey, Dictionary<string, (long? Generation, long? Ring, long Since)>> _behind = new();

    /// <summary>How much longer to wait for a gateway that is behind; zero: no longer.</summary>
    internal TimeSpan Left(ObjectKey lb, LoadBalancerGateway entry)
    {
        Dictionary<string, (long? Generation, long? Ring, long Since)> gateways = _behind.GetOrAdd(lb, _ => []);
        if (!gateways.TryGetValue(entry.Name, out (long? Generation, long? Ring, long Since) seen)
            || seen.Generation != entry.ObservedGeneration
            || seen.Ring != entry.RingGeneration)
        {
            seen = (entry.ObservedGeneration, entry.RingGeneration, timeProvider.GetTimestamp());
            gateways[entry.Name] = seen;
        }

        TimeSpan left = limit - timeProvider.GetElapsedTime(seen.Since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>No gateway is behind, or the load balancer is gone.</summary>
    internal void Forget(ObjectKey lb) => _behind.TryRemove(lb, out _);
}
