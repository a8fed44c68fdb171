using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>What time has settled.</summary>
/// <param name="IsChanged">Whether other VIPs are silent or contested than before.</param>
/// <param name="Ask">VIPs to ask the segment for: whether a gateway that claimed one goes on.</param>
internal readonly record struct VipSettling(bool IsChanged, IReadOnlyList<DatapathAddress> Ask);
