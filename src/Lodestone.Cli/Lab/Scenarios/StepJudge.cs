using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Report;

namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>Makes a verdict of what flows met. Pure.</summary>
internal static class StepJudge
{
    private const int MaxProblems = 8;

    /// <summary>Judges one step.</summary>
    /// <param name="rules">What must hold.</param>
    /// <param name="figures">What every flow met.</param>
    /// <param name="loadAverage">Processes that wanted a CPU.</param>
    public static StepReport Judge(StepRules rules, IReadOnlyList<FlowFigures> figures, double loadAverage)
    {
        FlowFigures[] judged = [.. figures.Where(rules.IsJudged)];
        FlowFigures[] affected = [.. judged.Where(rules.IsAffected)];
        FlowFigures[] unaffected = [.. judged.Where(flow => !rules.IsAffected(flow))];
        TimeSpan loss = affected.Where(flow => flow.Kind == LoadKind.Datagrams).Select(flow => flow.Gap).DefaultIfEmpty().Max();
        List<string> problems = [.. rules.Findings.Problems];
        if (rules.MaxLoss is { } most && loss > most)
        {
            problems.Add($"datagrams were lost for {loss.TotalMilliseconds:F0} ms, more than {most.TotalMilliseconds:F0} ms");
        }

        if (!rules.MayEnd)
        {
            problems.AddRange(affected.Where(flow => flow.IsReset || flow.IsMoved).Select(flow => flow.Problem!));
        }

        problems.AddRange(affected
            .Where(flow => rules.MaxFailing is { } limit ? flow.ClosedFor > limit : flow.Failed > 0)
            .Select(flow => $"{flow.Failed} new connections to {flow.Balancer.Name} failed, its way was closed for {flow.ClosedFor.TotalMilliseconds:F0} ms; {flow.Problem}"));
        problems.AddRange(unaffected.Where(flow => flow.IsReset || flow.IsMoved || flow.Lost > 0 || flow.Failed > 0 || flow.Retried > 0).Select(flow => $"untouched: {flow.Problem}"));
        problems.AddRange(judged.Where(flow => flow.Answers == 0 && !flow.IsReset && !rules.MayEnd).Select(flow => $"{LoadKinds.NameOf(flow.Kind)} to {flow.Balancer.Name} had no answer at all"));
        int resets = (rules.MayEnd ? unaffected : judged).Count(flow => flow.IsReset || flow.IsMoved);
        return new StepReport
        {
            Name = rules.Name,
            Done = rules.Done,
            Goal = rules.Goal,
            Found = [.. rules.Findings.Found],
            Verdict = problems.Count == 0 ? "ok" : "missed",
            Resets = resets,
            FailedRequests = judged.Sum(flow => flow.Failed),
            LossMs = Milliseconds(loss),
            Affected = ByKind(affected),
            Unaffected = ByKind(unaffected),
            Problems = problems.Count <= MaxProblems ? problems : [.. problems.Take(MaxProblems), $"and {problems.Count - MaxProblems} more"],
            LoadAverage = loadAverage,
        };
    }

    private static Dictionary<string, LoadReport> ByKind(IReadOnlyCollection<FlowFigures> flows) => LoadKinds.All
        .Select(kind => (kind, of: flows.Where(flow => flow.Kind == kind).ToArray()))
        .Where(group => group.of.Length > 0)
        .ToDictionary(group => LoadKinds.NameOf(group.kind), group => new LoadReport
        {
            Flows = group.of.Length,
            Answers = group.of.Sum(flow => (long)flow.Answers),
            GapMs = Milliseconds(group.of.Max(flow => flow.Gap)),
            Lost = group.of.Sum(flow => flow.Lost),
            Resets = group.of.Count(flow => flow.IsReset),
            Moved = group.of.Count(flow => flow.IsMoved),
            Failed = group.of.Sum(flow => flow.Failed),
            Retried = group.of.Sum(flow => flow.Retried),
            ClosedMs = group.kind == LoadKind.New ? Milliseconds(group.of.Max(flow => flow.ClosedFor)) : null,
        });

    private static double Milliseconds(TimeSpan span) => Math.Round(span.TotalMilliseconds, 1);
}
