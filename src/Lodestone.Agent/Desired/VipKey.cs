using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>What tells VIPs apart: the same address may be one in several networks.</summary>
/// <param name="Network">VNI; 0 is the public network.</param>
/// <param name="Address">The address.</param>
public readonly record struct VipKey(uint Network, DatapathAddress Address)
{
    /// <summary>What public VIPs have instead of a VNI.</summary>
    internal const uint PublicNetwork = 0;
}
