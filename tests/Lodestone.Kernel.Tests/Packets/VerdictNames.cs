using Lodestone.Datapath.Layout;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Verdicts under their C names, as golden cases write them.</summary>
internal static class VerdictNames
{
    private static readonly Dictionary<long, string> Names =
        Mirrors.Enums.Single(e => e.CName == "verdict").Values.ToDictionary(v => v.Value, v => v.Key);

    internal static IEnumerable<string> All => Names.Where(n => n.Key < Mirrors.VerdictMax).Select(n => n.Value);

    /// <summary>The verdict of a C name.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    internal static Verdict Parse(string name) => Names.ContainsValue(name)
        ? (Verdict)Names.Single(n => n.Value == name).Key
        : throw new FormatException($"There is no verdict '{name}'.");

    internal static string ToCName(this Verdict verdict) => Names.GetValueOrDefault((long)verdict, $"verdict {(int)verdict}");
}
