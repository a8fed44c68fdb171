using System.Text.RegularExpressions;
using Xunit;

namespace Lodestone.Api.Tests;

/// <summary>docs/ironcore-differences.md has a row for every defect of IronCore's that was found, and what a row shows is there.</summary>
public partial class IronCoreDifferencesTests
{
    private const int LastNumber = 41;

    private static readonly string Root = FindRoot();
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Root, "docs", "ironcore-differences.md"));

    [Fact]
    public void Rows_EveryDefect_HasExactlyOneInOrder() =>
        Assert.Equal(
            Enumerable.Range(1, LastNumber).SelectMany(i => i == 13 ? ["B13", "B13b"] : new[] { $"B{i}" }),
            Rows().Select(r => r[0]));

    [Fact]
    public void Rows_EveryCell_SaysSomething() =>
        Assert.All(Rows(), cells =>
        {
            Assert.Equal(5, cells.Length);
            Assert.All(cells, cell => Assert.NotEmpty(cell));
            Assert.Matches(@"\]\(", cells[4]);
        });

    [Fact]
    public void Links_EveryOne_LeadsToAFile()
    {
        string[] links = [.. Lines.SelectMany(l => Link().Matches(l)).Select(m => m.Groups[1].Value).Distinct()];

        Assert.True(links.Length > 20);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(Root, "docs", link)), link));
    }

    private static IEnumerable<string[]> Rows() =>
        Lines.Where(l => l.StartsWith("| B", StringComparison.Ordinal)).Select(l => l.Trim('|', ' ').Split(" | "));

    [GeneratedRegex(@"\]\(([^)#]+)")]
    private static partial Regex Link();

    private static string FindRoot()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Lodestone.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests don't run inside the repository");
        }

        return directory;
    }
}
