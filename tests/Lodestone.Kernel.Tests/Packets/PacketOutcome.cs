using Lodestone.Datapath.Layout;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>What became of one packet.</summary>
public sealed record PacketOutcome(int Action, byte[] Packet, Verdict Verdict, byte[] Metadata);
