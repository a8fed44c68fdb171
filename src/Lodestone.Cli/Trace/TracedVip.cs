namespace Lodestone.Cli.Trace;

/// <summary>The VIP, in a report.</summary>
/// <param name="Address">Its address.</param>
/// <param name="LoadBalancer">Namespace and name; null where no API tells.</param>
/// <param name="Announced">Whether this machine answers ARP, NDP and ping for it.</param>
internal sealed record TracedVip(string Address, string? LoadBalancer, bool Announced);
