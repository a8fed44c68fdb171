namespace Lodestone.Cli.Trace;

/// <summary>The VIP, in a report.</summary>
/// <param name="Address">Its address.</param>
/// <param name="LoadBalancer">Namespace and name; null where no API tells.</param>
/// <param name="Announced">Whether this machine answers ARP, NDP and ping for it.</param>
/// <param name="Affinity">Which flows share a slot of the ring, in words; null where each has its own.</param>
/// <param name="AnswersPings">Whether pings are answered where it is announced.</param>
internal sealed record TracedVip(string Address, string? LoadBalancer, bool Announced, string? Affinity, bool AnswersPings);
