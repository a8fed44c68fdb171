using System.Collections.Immutable;
using System.Net;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;

namespace Lodestone.Agent.Apply;

/// <summary>What one application has come to so far.</summary>
internal sealed class ApplyProgress
{
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();
    private DateTimeOffset? _lookAgainAt;

    /// <summary>A field, to be passed by reference.</summary>
    public long Writes;

    /// <summary>As in <see cref="ApplyResult.NarrowPaths"/>.</summary>
    public ImmutableDictionary<IPAddress, int> NarrowPaths { get; set; } = ImmutableDictionary<IPAddress, int>.Empty;

    /// <summary>Whether something did not fit: then nothing may be taken for done next time.</summary>
    public bool IsAnyRefused => _problems.Count > 0;

    /// <summary>Something of this machine does not fit.</summary>
    public void Refuse(string message) => _problems.Add(new Problem("Host", default, Reasons.CapacityExceeded, message));

    /// <summary>A load balancer does not fit.</summary>
    public void Refuse(ObjectKey loadBalancer, string message) =>
        _problems.Add(new Problem("LoadBalancer", loadBalancer, Reasons.CapacityExceeded, message));

    public void LookAgain(DateTimeOffset? at)
    {
        if (at < _lookAgainAt || _lookAgainAt is null)
        {
            _lookAgainAt = at ?? _lookAgainAt;
        }
    }

    public ApplyResult ToResult(ImmutableHashSet<VipKey> programmed, ImmutableHashSet<VipKey> late) => new()
    {
        Writes = Writes,
        Programmed = programmed,
        Late = late,
        Problems = _problems.ToImmutable(),
        NarrowPaths = NarrowPaths,
        LookAgainAt = _lookAgainAt,
    };
}
