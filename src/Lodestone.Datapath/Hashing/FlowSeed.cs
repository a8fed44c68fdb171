namespace Lodestone.Datapath.Hashing;

/// <summary>The secret under which flows are hashed: equal on all gateways, unknown to clients.</summary>
public readonly record struct FlowSeed(ulong Seed0, ulong Seed1);
