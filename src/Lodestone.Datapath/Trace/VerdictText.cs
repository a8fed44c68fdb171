using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Trace;

/// <summary>A verdict in words.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Name">As in <c>bpf/include/verdict.h</c>.</param>
/// <param name="Meaning">What became of the packet, and why.</param>
/// <param name="Remedy">What to do about it, or what to look at next where the packet did not arrive all the same.</param>
public sealed record VerdictText(Verdict Verdict, string Name, string Meaning, string Remedy);
