using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>What a scenario read about what it did, and what it missed there.</summary>
internal sealed class Findings
{
    private readonly List<string> _found = [];
    private readonly List<string> _problems = [];

    /// <summary>What was found, each in a few words.</summary>
    public IReadOnlyList<string> Found => _found;

    /// <summary>What was missed, each with what was seen instead.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Writes down something found.</summary>
    public void Add(string found) => _found.Add(found);

    /// <summary>Writes down something missed.</summary>
    public void Miss(string problem) => _problems.Add(problem);

    /// <summary>Looks until something is so, and writes it down; as missed where it does not come.</summary>
    /// <param name="site">Where to look.</param>
    /// <param name="what">What is waited for.</param>
    /// <param name="look">Whether it is so, and what is seen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ExpectAsync(LabSite site, string what, Func<Task<(bool IsSo, string Seen)>> look, CancellationToken cancellationToken)
    {
        string last = "";
        try
        {
            await site.Objects.WaitAsync(
                what,
                async () =>
                {
                    (bool isSo, last) = await look();
                    return (isSo, last);
                },
                cancellationToken);
            Add(last);
        }
        catch (CommandException e)
        {
            Miss(e.Message);
        }
    }
}
