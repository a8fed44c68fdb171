namespace Lodestone.Cli.Trace;

/// <summary>What a QUIC connection ID decided, in a report.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="ServerId">The server ID in it, in hexadecimal.</param>
/// <param name="Real">Index of the target that it names; 0: none, and the ring decided.</param>
internal sealed record TracedQuic(int Config, string ServerId, uint Real);
