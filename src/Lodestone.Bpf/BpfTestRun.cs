namespace Lodestone.Bpf;

/// <summary>What a test run gave.</summary>
/// <param name="ReturnValue">The program's return value.</param>
/// <param name="Data">The packet afterwards; metadata that the program put in front of it comes first (<paramref name="Context"/> tells).</param>
/// <param name="Context">The context afterwards; empty where none was given.</param>
/// <param name="DurationNs">Nanoseconds a run, averaged over the repetitions.</param>
public sealed record BpfTestRun(uint ReturnValue, byte[] Data, byte[] Context, uint DurationNs);
