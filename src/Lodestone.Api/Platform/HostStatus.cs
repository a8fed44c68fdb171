using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>What a <see cref="Host"/>'s agent found.</summary>
public sealed class HostStatus
{
    /// <summary><c>Ready</c>, <c>DatapathReady</c>.</summary>
    public List<Condition>? Conditions { get; set; }
    /// <summary>MTU of the uplink.</summary>
    public int? MtuBytes { get; set; }
    /// <summary>As <c>uname -r</c> tells it.</summary>
    public string? KernelRelease { get; set; }
    /// <summary>What the data path may use: <c>xdp-native</c>, <c>tcx</c>, ...</summary>
    public List<string>? KernelFeatures { get; set; }
    /// <summary>How many addresses of load balancers it announces on its segment; follows a change within some seconds. Absent on a machine that is no gateway.</summary>
    public int? AnnouncedAddresses { get; set; }
    /// <summary>Version of the agent.</summary>
    public string? AgentVersion { get; set; }
    /// <summary>
    /// What the tables of all public VIPs in the data path have in common with other gateways', as 16 hexadecimal digits; follows a change within
    /// some seconds of rest. Absent where none is served.
    /// </summary>
    public string? TableFingerprint { get; set; }
}
