namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>A difference between model and program.</summary>
/// <param name="Seed">The configuration's seed.</param>
/// <param name="Packets">What was run on it, the packet that differs last; as few and as short as could be found.</param>
/// <param name="Difference">What differs.</param>
internal sealed record FuzzFailure(ulong Seed, IReadOnlyList<FuzzPacket> Packets, string Difference)
{
    /// <summary>As a golden case to paste, and how to get exactly this again.</summary>
    public override string ToString() =>
        $"{Difference}\n\n{FuzzGolden.Of(this)}\n\nconfiguration {Seed}, packets (at, answers left, change, frame):\n"
        + string.Join('\n', Packets.Select(p => $"{(p.AtNic ? "nic" : "uplink")} {(p.AnswersLeft ? 1 : 0)} {p.Change} {Convert.ToHexStringLower(p.Frame)}"));
}
