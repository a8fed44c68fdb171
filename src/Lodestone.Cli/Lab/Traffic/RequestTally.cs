namespace Lodestone.Cli.Lab.Traffic;

/// <summary>What became of a number of HTTP requests, each over a connection of its own.</summary>
/// <param name="PerTarget">Answers by the name that answered.</param>
/// <param name="Failures">What went wrong, once for each request that failed.</param>
internal sealed record RequestTally(IReadOnlyDictionary<string, int> PerTarget, IReadOnlyList<string> Failures)
{
    /// <summary>Requests that were answered.</summary>
    public int Answered => PerTarget.Values.Sum();

    /// <summary>All requests.</summary>
    public int Requests => Answered + Failures.Count;

    /// <summary>Answers of one target.</summary>
    public int Of(string target) => PerTarget.GetValueOrDefault(target);

    /// <summary>Share of the answers that one target gave, from 0 to 1.</summary>
    public double ShareOf(string target) => Answered == 0 ? 0 : (double)Of(target) / Answered;

    /// <summary>How far the target that is worst off is from an equal share, relative to that share: 0.05 is 5 % too many or too few.</summary>
    /// <param name="targets">All that should have answered.</param>
    public double SpreadOver(IReadOnlyCollection<string> targets)
    {
        double ideal = 1.0 / targets.Count;
        return targets.Max(t => Math.Abs(ShareOf(t) - ideal)) / ideal;
    }

    /// <summary>Both together.</summary>
    public static RequestTally operator +(RequestTally left, RequestTally right) => new(
        left.PerTarget.Keys.Union(right.PerTarget.Keys).ToDictionary(n => n, n => left.Of(n) + right.Of(n)),
        [.. left.Failures, .. right.Failures]);
}
