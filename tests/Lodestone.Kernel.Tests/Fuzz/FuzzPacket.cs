namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>A packet to be run.</summary>
/// <param name="Frame">The frame.</param>
/// <param name="AtNic">Whether a workload sends it; otherwise it comes in at the uplink.</param>
/// <param name="AnswersLeft">Whether senders of too large packets may still be told.</param>
/// <param name="Change">What changes in the tables before it (<see cref="TableChange"/>); 0 for nothing.</param>
internal sealed record FuzzPacket(byte[] Frame, bool AtNic, bool AnswersLeft, uint Change = 0);
