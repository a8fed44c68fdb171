using Lodestone.Linux;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>A VIP that somebody else on the segment claims too. Two are equal while nothing changed that people are told of.</summary>
/// <param name="By">His link-layer address.</param>
/// <param name="Device">The device he was heard at.</param>
/// <param name="IsHeldBack">Whether he had it first: then this machine doesn't answer for it.</param>
/// <param name="IsGateway">Whether he is a gateway of ours.</param>
internal readonly record struct ContestedVip(MacAddress By, string Device, bool IsHeldBack, bool IsGateway);
