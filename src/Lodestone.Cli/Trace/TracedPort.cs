namespace Lodestone.Cli.Trace;

/// <summary>The decision about the port, in a report.</summary>
/// <param name="Accepted">Whether it is let through.</param>
/// <param name="Rule">By which rule; null where it is refused.</param>
/// <param name="Accepts">Every rule, as in <c>tcp 80</c> or <c>udp 5000-5100</c>.</param>
internal sealed record TracedPort(bool Accepted, string? Rule, IReadOnlyList<string> Accepts);
