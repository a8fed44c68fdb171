using Lodestone.Agent;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Counters;
using Lodestone.Agent.Health;
using Lodestone.Agent.Heartbeat;

namespace Lodestone.Cli.Metrics;

/// <summary>What an agent tells of itself at one time.</summary>
/// <param name="Counters">What its packet programs have counted.</param>
/// <param name="Attachment">How they are attached; null until they are.</param>
/// <param name="Contact">How long ago it heard of the API.</param>
/// <param name="Certificate">How it stands with the certificate that it renews; null where it renews none.</param>
/// <param name="Bgp">What there is to count of BGP.</param>
/// <param name="Health">What its health checks have come to.</param>
internal sealed record AgentReadings(CounterSnapshot Counters, UplinkAttachment? Attachment, ApiContact Contact, CertificateStatus? Certificate, BgpTotals Bgp, HealthTotals Health);
