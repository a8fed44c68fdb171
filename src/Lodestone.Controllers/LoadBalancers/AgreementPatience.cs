using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>How long two gateways have had different tables of the same generation, by our own clock from when we saw it.</summary>
/// <remarks>
/// Agents write after each other, and what ends by the clock alone ends on each when its agent wakes. A gateway that gets another table
/// is waited for anew. A restart of ours too. One load balancer is asked for by one worker at a time.
/// </remarks>
internal sealed class AgreementPatience(TimeSpan limit, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<ObjectKey, Dictionary<(string One, string Other), (string State, long Since)>> _different = new();

    /// <summary>How much longer to wait for two gateways that differ; zero: no longer.</summary>
    internal TimeSpan Left(ObjectKey lb, LoadBalancerGateway one, LoadBalancerGateway other)
    {
        Dictionary<(string One, string Other), (string State, long Since)> pairs = _different.GetOrAdd(lb, _ => []);
        string state = $"{one.ObservedGeneration}/{one.RingGeneration}/{one.TableFingerprint}/{other.TableFingerprint}";
        if (!pairs.TryGetValue((one.Name, other.Name), out (string State, long Since) seen) || seen.State != state)
        {
            seen = (state, timeProvider.GetTimestamp());
            pairs[(one.Name, other.Name)] = seen;
        }

        TimeSpan left = limit - timeProvider.GetElapsedTime(seen.Since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>No gateways differ, or the load balancer is gone.</summary>
    internal void Forget(ObjectKey lb) => _different.TryRemove(lb, out _);
}
