namespace Lodestone.Agent.Announce.Bgp;

/// <summary>BFD of one neighbour.</summary>
/// <param name="TransmitMilliseconds">Least time between packets that we send.</param>
/// <param name="ReceiveMilliseconds">Least time between packets that we want.</param>
/// <param name="DetectMultiplier">So many lost in a row, and the path is dead.</param>
public sealed record BfdTiming(int TransmitMilliseconds, int ReceiveMilliseconds, int DetectMultiplier);
