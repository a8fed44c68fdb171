namespace Lodestone.Agent.Heartbeat;

/// <summary>How it stands with the certificate that the agent renews.</summary>
/// <param name="Ends">When the one in use ends.</param>
/// <param name="Renewals">How often it was renewed since the agent started.</param>
/// <param name="Failures">How many attempts failed since the agent started.</param>
/// <param name="Problem">Why the last attempt failed; null where none did since the last success.</param>
public sealed record CertificateStatus(DateTimeOffset Ends, long Renewals, long Failures, string? Problem);
