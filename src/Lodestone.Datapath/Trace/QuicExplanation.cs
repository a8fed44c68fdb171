using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Trace;

/// <summary>What became of a QUIC connection ID.</summary>
/// <param name="Key">What it says: configuration, port and server.</param>
/// <param name="Real">Index of the living real that it names; 0: none, so the packet goes by the ring.</param>
public sealed record QuicExplanation(QuicKey Key, uint Real)
{
    /// <summary>The server ID, as its bytes stand in the packet.</summary>
    public string ServerId => Convert.ToHexStringLower(BitConverter.GetBytes(Key.Server).AsSpan(0, Key.Len));
}
