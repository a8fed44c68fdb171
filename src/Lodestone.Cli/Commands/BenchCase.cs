namespace Lodestone.Cli.Commands;

/// <summary>One case of a <see cref="BenchReport"/>.</summary>
/// <param name="Name">Family, protocol and state.</param>
/// <param name="Flows">Different flows among the packets.</param>
/// <param name="Ns">Nanoseconds a packet.</param>
internal sealed record BenchCase(string Name, int Flows, double Ns);
