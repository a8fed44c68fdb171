using System.CommandLine;

namespace Lodestone.Cli.Commands;

/// <summary>A command whose help ends with details and examples.</summary>
internal sealed class LodestoneCommand(string name, string description) : Command(name, description)
{
    /// <summary>Paragraphs shown below the options.</summary>
    public string? Details { get; init; }

    /// <summary>Command lines that work as they stand, each after the word <c>lodestone</c>.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];
}
