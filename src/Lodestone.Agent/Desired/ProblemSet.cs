using System.Collections.Immutable;

namespace Lodestone.Agent.Desired;

/// <summary>Problems, each once however often it was found, in order. Not thread-safe.</summary>
internal sealed class ProblemSet
{
    private readonly Dictionary<Problem, int> _found = [];
    private readonly HashSet<Problem> _touched = [];

    /// <summary>A problem was found once more.</summary>
    public void Add(Problem problem)
    {
        _found[problem] = _found.GetValueOrDefault(problem) + 1;
        _touched.Add(problem);
    }

    /// <summary>One finding of a problem counts no longer.</summary>
    public void Remove(Problem problem)
    {
        int left = _found[problem] - 1;
        _touched.Add(problem);
        if (left > 0)
        {
            _found[problem] = left;
        }
        else
        {
            _found.Remove(problem);
        }
    }

    /// <summary>All of them; the same array as last time where they are the same.</summary>
    /// <param name="last">What this returned last; empty the first time.</param>
    public ImmutableArray<Problem> Sorted(ImmutableArray<Problem> last)
    {
        // One that was found before and is found again stays the same instance.
        _touched.RemoveWhere(problem => _found.ContainsKey(problem) == (PlanOrder.Find(last, problem, p => p, ProblemOrder.Instance) >= 0));
        ImmutableArray<Problem> sorted = PlanOrder.Spliced(last, _touched.Select(problem => (problem, _found.ContainsKey(problem) ? problem : null)), problem => problem, ProblemOrder.Instance);
        _touched.Clear();
        return sorted;
    }
}
