namespace Lodestone.Agent.Desired;

/// <summary>The order of problems: by the object, then by what is said of it.</summary>
internal sealed class ProblemOrder : IComparer<Problem>
{
    public static ProblemOrder Instance { get; } = new();

    public int Compare(Problem? x, Problem? y)
    {
        int order = string.CompareOrdinal(x!.Kind, y!.Kind);
        order = order != 0 ? order : string.CompareOrdinal(x.Key.ToString(), y.Key.ToString());
        order = order != 0 ? order : string.CompareOrdinal(x.Reason, y.Reason);
        return order != 0 ? order : string.CompareOrdinal(x.Message, y.Message);
    }
}
