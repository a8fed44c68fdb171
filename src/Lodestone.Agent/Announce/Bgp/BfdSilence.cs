namespace Lodestone.Agent.Announce.Bgp;

/// <summary>The time in which routers may still take a daemon that has died for alive.</summary>
/// <remarks>
/// Routers keep the routes of a session that ended, and are to have them again from the daemon that follows (RFC 4724). But they miss its BFD packets only after the detection
/// time. A session that is up before ends once more then, by BFD, and routes with it; so whoever starts the daemon again waits for so long. Packets go on meanwhile.
/// </remarks>
internal static class BfdSilence
{
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(100);

    /// <summary>Routers keep routes for two minutes: of slower BFD the session may end once more.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait after a death that was only just noticed; zero without BFD.</summary>
    public static TimeSpan After(BgpConfig config)
    {
        TimeSpan slowest = config.Neighbors.Select(neighbor => neighbor.Bfd?.Detection).Max() ?? TimeSpan.Zero;
        return slowest == TimeSpan.Zero ? slowest : slowest + Margin < Longest ? slowest + Margin : Longest;
    }
}
