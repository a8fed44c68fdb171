using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>A flow, in a report.</summary>
/// <param name="Protocol">As in <c>tcp</c>, or its number.</param>
/// <param name="Client">Address and, where there is one, port.</param>
/// <param name="Vip">Likewise.</param>
/// <param name="LoadBalancer">Namespace and name; null where no API tells.</param>
/// <param name="Network">VNI of the VIP; 0 is the public network.</param>
/// <param name="Target">Where its packets go. A flow that changes its target is shown once for each.</param>
/// <param name="Path">How the target of its last sampled packet was found.</param>
/// <param name="Samples">Packets that were sampled.</param>
/// <param name="Packets">All its packets in the time, estimated.</param>
/// <param name="Bytes">Their bytes from the IP header on, estimated.</param>
internal sealed record FlowRow(
    string Protocol, string Client, string Vip, string? LoadBalancer, uint Network, ReportedTarget Target, EventPath Path, long Samples, long Packets, long Bytes);
