using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Trace;

/// <summary>Whether a VIP takes a packet's port.</summary>
/// <param name="IsAccepted">Whether it does.</param>
/// <param name="Rule">The range that lets it through; null where it is refused, or where every port is accepted.</param>
public sealed record PortExplanation(bool IsAccepted, PortRange? Rule);
