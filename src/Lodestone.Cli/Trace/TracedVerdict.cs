using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Trace;

/// <summary>A verdict, in a report.</summary>
internal sealed record TracedVerdict(int Number, string Name, string Meaning, string Remedy)
{
    /// <summary>A verdict in words.</summary>
    public static TracedVerdict Of(Verdict verdict)
    {
        VerdictText text = VerdictGuide.Of(verdict);
        return new TracedVerdict((int)verdict, text.Name, text.Meaning, text.Remedy);
    }
}
