using Lodestone.Client.Http;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>One thing a user or an agent does.</summary>
/// <param name="Name">Names it, for others to come after and for a failure's story.</param>
/// <param name="RunAsync">Does it.</param>
/// <param name="After">Steps that must have been done before.</param>
internal sealed record Step(string Name, Func<ApiClient, CancellationToken, Task> RunAsync, params string[] After)
{
    /// <summary>A random order that respects every <see cref="After"/>.</summary>
    internal static List<Step> Shuffle(IReadOnlyList<Step> steps, Random random)
    {
        var left = new List<Step>(steps);
        var done = new HashSet<string>();
        var order = new List<Step>();
        while (left.Count > 0)
        {
            Step[] possible = [.. left.Where(s => s.After.All(done.Contains))];
            Step next = possible[random.Next(possible.Length)];
            left.Remove(next);
            done.Add(next.Name);
            order.Add(next);
        }

        return order;
    }
}
