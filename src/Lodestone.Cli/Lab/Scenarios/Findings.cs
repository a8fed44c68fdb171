using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>What a scenario read about what it did, and what it missed there.</summary>
internal sealed class Findings
{
    private readonly List<FindingReport> _found = [];
    private readonly List<string> _problems = [];

    /// <summary>What was found.</summary>
    public IReadOnlyList<FindingReport> Found => _found;

    /// <summary>What was missed, each with what was seen instead.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Writes down something found.</summary>
    public void Add(string what, string? message = null) => _found.Add(new FindingReport(what, message));

    /// <summary>Writes down something missed.</summary>
    public void Miss(string problem) => _problems.Add(problem);

    /// <summary>Looks until something is so, and writes it down; as missed where it does not come.</summary>
    /// <param name="site">Where to look.</param>
    /// <param name="what">What is waited for.</param>
    /// <param name="look">Whether it is so, and what is seen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ExpectAsync(LabSite site, string what, Func<Task<(bool IsSo, FindingReport Seen)>> look, CancellationToken cancellationToken)
    {
        FindingReport? last = null;
        try
        {
            await site.Objects.WaitAsync(
                what,
                async () =>
                {
                    (bool isSo, last) = await look();
                    return (isSo, last.ToString());
                },
                cancellationToken);
            _found.Add(last!);
        }
        catch (CommandException e)
        {
            Miss(e.Message);
        }
    }
}
