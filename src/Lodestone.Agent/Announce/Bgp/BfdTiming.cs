namespace Lodestone.Agent.Announce.Bgp;

/// <summary>BFD of one neighbour.</summary>
/// <param name="TransmitMilliseconds">Least time between packets that we send.</param>
/// <param name="ReceiveMilliseconds">Least time between packets that we want.</param>
/// <param name="DetectMultiplier">So many lost in a row, and the path is dead.</param>
public sealed record BfdTiming(int TransmitMilliseconds, int ReceiveMilliseconds, int DetectMultiplier)
{
    /// <summary>After how long without a packet of ours the neighbour takes the path for dead (RFC 5880, 6.8.4), where it wants them no less often than we do.</summary>
    public TimeSpan Detection => TimeSpan.FromMilliseconds((double)DetectMultiplier * Math.Max(TransmitMilliseconds, ReceiveMilliseconds));
}
