namespace Lodestone.Agent.Kernel;

/// <summary>The program that decides about the uplink's packets.</summary>
/// <param name="Id">The kernel's number for it.</param>
/// <param name="Ifindex">The uplink.</param>
/// <param name="IsTc">It is <c>lodestone_tc</c>, which serves alone; else XDP's, which hands on to tc.</param>
internal readonly record struct ServingProgram(uint Id, int Ifindex, bool IsTc);
