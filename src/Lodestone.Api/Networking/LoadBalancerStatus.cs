using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>What a <see cref="LoadBalancer"/> is at present. Everything but <see cref="Ips"/> is additive to IronCore.</summary>
public sealed class LoadBalancerStatus
{
    /// <summary>The allocated addresses, in the order of the families.</summary>
    public List<string>? Ips { get; set; }
    /// <summary><c>Accepted</c>, <c>AddressesAllocated</c>, <c>NetworkReady</c>, <c>TargetsReady</c>, <c>Programmed</c>.</summary>
    public List<Condition>? Conditions { get; set; }
    /// <summary>The generation the status speaks of.</summary>
    public long? ObservedGeneration { get; set; }
    /// <summary>Network interfaces that take new flows.</summary>
    public int? Targets { get; set; }
    /// <summary>Network interfaces that keep their flows but take no new ones.</summary>
    public int? DrainingTargets { get; set; }
    /// <summary>Network interfaces that are selected, whether or not they take flows.</summary>
    public int? SelectedTargets { get; set; }
    /// <summary><see cref="Targets"/> of <see cref="SelectedTargets"/> as <c>2/3</c>, for tables: a CustomResourceDefinition's columns can only print a field.</summary>
    public string? ReadyTargets { get; set; }
    /// <summary>The conditions in one word, for tables: <c>Ready</c>, or the reason of the first that is not true.</summary>
    public string? State { get; set; }
    /// <summary>What became of it on each gateway.</summary>
    public List<LoadBalancerGateway>? Gateways { get; set; }
}
