using System.Globalization;
using System.Text.RegularExpressions;

namespace Lodestone.Bpf;

/// <summary>What it took the verifier to accept a program, from the end of its log.</summary>
/// <param name="Instructions">Instructions gone through, of at most 1,000,000.</param>
/// <param name="TotalStates">States remembered altogether.</param>
/// <param name="PeakStates">States remembered at once.</param>
/// <param name="StackBytes">Stack of the main program and of each function it calls, of at most 512 together on any way.</param>
public sealed partial record VerifierStatistics(int Instructions, int TotalStates, int PeakStates, IReadOnlyList<int> StackBytes)
{
    /// <summary>Reads them; null where the log has none.</summary>
    internal static VerifierStatistics? Parse(string log)
    {
        Match totals = Totals().Match(log);
        Match stack = Stack().Match(log);
        return totals.Success
            ? new VerifierStatistics(
                Number(totals.Groups[1].Value),
                Number(totals.Groups[2].Value),
                Number(totals.Groups[3].Value),
                stack.Success ? [.. stack.Groups[1].Value.Split('+').Select(Number)] : [])
            : null;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"processed (\d+) insns .*total_states (\d+) peak_states (\d+)")]
    private static partial Regex Totals();

    [GeneratedRegex(@"stack depth (\d+(?:\+\d+)*)")]
    private static partial Regex Stack();
}
