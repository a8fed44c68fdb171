namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>A neighbour that bgpd has.</summary>
/// <param name="Fingerprint">What its session was made from, kept in its description; null: it is not ours, or only half made.</param>
/// <param name="RouteMap">The route map of what it is told.</param>
internal readonly record struct FrrNeighbor(string? Fingerprint, string? RouteMap);
