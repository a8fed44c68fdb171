using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>What a <see cref="LoadBalancer"/> is at present. Everything but <see cref="Ips"/> is additive to IronCore.</summary>
public sealed class LoadBalancerStatus
{
    /// <summary>The allocated addresses, in the order of the families.</summary>
    public List<string>? Ips { get; set; }
    /// <summary><c>NetworkReady</c>, <c>AddressesAllocated</c>, <c>TargetsReady</c>, <c>Programmed</c>.</summary>
    public List<Condition>? Conditions { get; set; }
    /// <summary>The generation the status speaks of.</summary>
    public long? ObservedGeneration { get; set; }
    /// <summary>Network interfaces that take new flows.</summary>
    public int? Targets { get; set; }
    /// <summary>Network interfaces that keep their flows but take no new ones.</summary>
    public int? DrainingTargets { get; set; }
}
