namespace Lodestone.Agent.Announce.Bgp;

/// <summary>What is wrong with a session.</summary>
/// <param name="Reason">One of <see cref="BgpReasons"/>.</param>
/// <param name="Message">For a person, with what to do.</param>
internal sealed record BgpProblem(string Reason, string Message);
