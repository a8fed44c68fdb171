namespace Lodestone.Api.Platform;

/// <summary>Bidirectional forwarding detection (RFC 5880) of one router.</summary>
public sealed class BFDSettings
{
    /// <summary>Milliseconds between packets, either way.</summary>
    public const int DefaultIntervalMilliseconds = 300;

    /// <summary>So many lost in a row, and the path is dead.</summary>
    public const int DefaultDetectMultiplier = 3;

    /// <summary>Least milliseconds between packets that we send; absent: <see cref="DefaultIntervalMilliseconds"/>.</summary>
    public int? TransmitIntervalMilliseconds { get; set; }
    /// <summary>Least milliseconds between packets that we want; absent: <see cref="DefaultIntervalMilliseconds"/>.</summary>
    public int? ReceiveIntervalMilliseconds { get; set; }
    /// <summary>How many may be lost in a row; absent: <see cref="DefaultDetectMultiplier"/>.</summary>
    public int? DetectMultiplier { get; set; }
}
