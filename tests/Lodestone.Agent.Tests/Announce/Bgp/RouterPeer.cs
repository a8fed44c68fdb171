namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>A gateway as its router sees it.</summary>
/// <param name="Connections">How many sessions there have been.</param>
/// <param name="Uptime">For how long there is one; null: there is none.</param>
/// <param name="Bfd">The state of BFD, as in <c>Up</c>; null: it is not asked for.</param>
internal sealed record RouterPeer(long Connections, TimeSpan? Uptime, string? Bfd)
{
    /// <summary>A session that is to end because BFD was asked for anew has ended by then.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    /// <summary>Whether the session has been up for a while, and BFD is too where it is wanted.</summary>
    public bool IsSettled(bool hasBfd) => Uptime > Settled && (!hasBfd || Bfd == "Up");
}
