namespace Lodestone.Api.Ipam;

/// <summary>What came of looking an <see cref="EphemeralPrefix"/> up.</summary>
/// <param name="Prefix">The prefix in CIDR form; null: there is none yet.</param>
/// <param name="Reason">Why there is none, in one CamelCase word.</param>
/// <param name="Message">Why there is none, and what to do.</param>
/// <param name="IsOnItsWay">Nothing is known to be wrong: it only takes its time.</param>
public readonly record struct EphemeralOutcome(string? Prefix, string Reason, string Message, bool IsOnItsWay = false);
