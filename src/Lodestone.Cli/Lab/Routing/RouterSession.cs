namespace Lodestone.Cli.Lab.Routing;

/// <summary>A BGP session as the router sees it.</summary>
/// <param name="Peer">The gateway's address.</param>
/// <param name="IsEstablished">Whether it is up.</param>
/// <param name="Drops">How often it ended.</param>
internal sealed record RouterSession(string Peer, bool IsEstablished, int Drops);
