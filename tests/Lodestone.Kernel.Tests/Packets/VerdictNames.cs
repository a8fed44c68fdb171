using Lodestone.Datapath.Layout;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Verdicts under their C names, as golden cases write them.</summary>
internal static class VerdictNames
{
    private static readonly Dictionary<long, string> Names =
        Mirrors.Enums.Single(e => e.CName == "verdict").Values.ToDictionary(v => v.Value, v => v.Key);

    internal static IEnumerable<string> All => Names.Where(n => n.Key < Mirrors.VerdictMax).Select(n => n.Value);

    internal static string ToCName(this Verdict verdict) => Names.GetValueOrDefault((long)verdict, $"verdict {(int)verdict}");
}
