namespace Lodestone.Cli.Counters;

/// <summary>Packets of a verdict.</summary>
internal sealed record VerdictCount(int Number, string Name, ulong Packets, ulong Bytes, string Meaning);
