using System.Collections.Immutable;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>A network interface of this machine: what it is bound to, or why it is not.</summary>
public sealed record NicModel
{
    /// <summary>The object.</summary>
    public required NetworkInterface Nic { get; init; }

    /// <summary>The device it is bound to; null where it cannot be.</summary>
    public LocalDevice? Device { get; init; }

    /// <summary>Its addresses in the order of its spec.</summary>
    public ImmutableArray<DatapathAddress> Addresses { get; init; } = [];

    /// <summary>Its further prefixes in CIDR form, those that are there.</summary>
    public ImmutableArray<string> Prefixes { get; init; } = [];

    /// <summary>Its number on the underlay, by which Geneve names it; null where an older one of this machine has the same.</summary>
    public uint? Number { get; init; }

    /// <summary>VNI of its network.</summary>
    public uint Network { get; init; }

    /// <summary><c>Pending</c>, <c>Available</c> or <c>Error</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why, one of <see cref="Reasons"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>Why, for a person.</summary>
    public required string Message { get; init; }

    /// <summary>Whether another one says the same of the same instance of a network interface.</summary>
    public bool SaysSame(NicModel other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(Nic, other.Nic)
            && Device == other.Device
            && Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan())
            && Prefixes.AsSpan().SequenceEqual(other.Prefixes.AsSpan())
            && (Number, Network, State, Reason, Message) == (other.Number, other.Network, other.State, other.Reason, other.Message);
    }
}
