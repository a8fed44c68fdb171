using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>What one application has come to so far.</summary>
internal sealed class ApplyProgress
{
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();
    private DateTimeOffset? _lookAgainAt;

    /// <summary>A field, to be passed by reference.</summary>
    public long Writes;

    public ImmutableHashSet<DatapathAddress>.Builder Programmed { get; } = ImmutableHashSet.CreateBuilder<DatapathAddress>();

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

    public ApplyResult ToResult() => new()
    {
        Writes = Writes,
        Programmed = Programmed.ToImmutable(),
        Problems = _problems.ToImmutable(),
        LookAgainAt = _lookAgainAt,
    };
}
