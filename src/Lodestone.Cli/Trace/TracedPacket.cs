namespace Lodestone.Cli.Trace;

/// <summary>The packet, in a report.</summary>
internal sealed record TracedPacket(string Source, string Destination, string Protocol, string? Flags, int Bytes);
