using Lodestone.Api.Networking;
using Lodestone.Controllers.Routing;
using Xunit;

namespace Lodestone.Controllers.Tests.Routing;

public sealed class HealthSelectionTests
{
    /// <summary>Candidates with what was found: + healthy, - unhealthy, ~ flapping, ? nothing; upper case: over IPv6. Then who was a destination before, and who is one.</summary>
    [Theory]
    [InlineData("a+ b+", "a b", "a b", "")]
    [InlineData("a+ b-", "a b", "a", "b")]
    [InlineData("a+ b?", "a b", "a b", "")]
    [InlineData("a+ b?", "a", "a", "b")]
    [InlineData("a- b?", "a b", "b", "a")]
    [InlineData("a- b-", "a", "a b", "")]
    [InlineData("a? b?", "", "a b", "")]
    [InlineData("a- b?", "a", "a b", "")]
    [InlineData("a+ b- A- B-", "a b A B", "a A B", "b")]
    [InlineData("a+ b- A- B+", "a b A B", "a B", "b A")]
    [InlineData("a+ b~", "a b", "a", "b")]
    [InlineData("a- b~", "a", "b", "a")]
    [InlineData("a~ b~ c?", "", "a b", "c")]
    [InlineData("a- b~ A- B-", "a A B", "b A B", "a")]
    [InlineData("", "a", "", "")]
    public void Of_Candidates_AreSplit(string found, string before, string destinations, string unhealthy)
    {
        Dictionary<string, bool?> health = Words(found).ToDictionary(word => word[..1], word => word[1] switch { '+' => true, '-' or '~' => false, _ => (bool?)null });
        var routing = new LoadBalancerRouting { Destinations = [.. Words(before).Select(Destination)] };

        var split = HealthSelection.Of([.. health.Keys.Select(Destination)], routing, d => health[d.Name!], d => found.Contains(d.Name + "~", StringComparison.Ordinal));

        Assert.Equal(destinations, string.Join(' ', split.Destinations.Select(d => d.Name)));
        Assert.Equal(unhealthy, string.Join(' ', split.Unhealthy.Select(d => d.Name)));
    }

    [Fact]
    public void All_WithoutACheck_LeavesNobodyOut()
    {
        var split = HealthSelection.All([Destination("a")]);

        Assert.Single(split.Destinations);
        Assert.Empty(split.Unhealthy);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static LoadBalancerDestination Destination(string name) => new()
    {
        Name = name,
        Uid = name.ToLowerInvariant(),
        Ip = char.IsUpper(name[0]) ? $"2001:db8::{(int)name[0]:x}" : $"10.0.0.{(int)name[0]}",
        TargetRef = new LoadBalancerTargetRef { Uid = name.ToLowerInvariant(), Name = name },
    };
}
