using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>The ways to targets, and which of them may be others than those of the last state.</summary>
/// <remarks>For network interfaces that have changed themselves there is nothing here: whoever asks looks at those (<see cref="PlanChanges.NetworkInterfaces"/>).</remarks>
internal sealed class Ways
{
    private readonly RealResolver _resolver;
    private readonly bool _hasSameDevices;
    private readonly IReadOnlySet<IPAddress> _changedNextHops;

    /// <summary>Devices at which addresses are translated.</summary>
    private readonly IReadOnlySet<uint> _translating;

    /// <summary>Those at which they were not before, or the other way round.</summary>
    private readonly HashSet<uint> _changedTranslating = [];

    /// <param name="world">What is so now.</param>
    /// <param name="changes">What differs from the last state; null: everything.</param>
    /// <param name="interfaces">Network interfaces.</param>
    /// <param name="last">The ways of the last state; null without <paramref name="changes"/>.</param>
    /// <param name="translating">Devices at which addresses are translated; null: the same as in the last state.</param>
    public Ways(PlanWorld world, PlanChanges? changes, InterfaceIndex interfaces, Ways? last, IReadOnlySet<uint>? translating)
    {
        HasSameSite = changes is { HasSameSite: true };
        _hasSameDevices = changes is { HasSameDevices: true };
        _changedNextHops = changes?.NextHops ?? new HashSet<IPAddress>();
        _translating = translating ?? last!._translating;
        if (translating is not null)
        {
            _changedTranslating = [.. translating];
            _changedTranslating.SymmetricExceptWith(last?._translating ?? new HashSet<uint>());
        }

        _resolver = HasSameSite && _hasSameDevices && _changedNextHops.Count == 0
            ? last!._resolver
            : new RealResolver(world.Snapshot with { LoadBalancers = [], NetworkInterfaces = [], Routings = [], RoutingSlices = [] }, interfaces);
    }

    /// <summary>Whether all that ways depend on, but for network interfaces, devices and next hops, is as it was. Where it is not, all may be others.</summary>
    public bool HasSameSite { get; }

    /// <summary>Whether devices or next hops have changed, so that some may be others (<see cref="MayBeAnother"/>).</summary>
    public bool MayBeOthers => !_hasSameDevices || _changedNextHops.Count > 0 || _changedTranslating.Count > 0;

    /// <summary>Whether devices or next hops that have changed may be the way of a real.</summary>
    public bool MayBeAnother(RealModel real) =>
        real.Via is { } via ? _changedNextHops.Contains(via) : !_hasSameDevices || _changedTranslating.Contains(real.Ifindex);

    /// <summary>The way to a target. Where there is none, <paramref name="reason"/> says why.</summary>
    public RealModel To(TargetModel target, Encapsulation encapsulation, out string? reason)
    {
        RealModel way = _resolver.Resolve(target, encapsulation, out reason);
        return way.Kind is RealKind.Peer or RealKind.Device && _translating.Contains(way.Ifindex) ? way with { Translates = true } : way;
    }

    /// <summary>The way to a network interface.</summary>
    public RealModel To(NetworkInterface nic)
    {
        string uid = nic.Metadata.Uid ?? "";
        return To(new TargetModel(TargetHash.Of(uid), uid, ""), Encapsulation.Auto, out _);
    }
}
