namespace Lodestone.Cli.Demo;

/// <summary>How a demo is to run.</summary>
internal sealed record DemoOptions
{
    /// <summary>Leave everything up at the end.</summary>
    public bool Keep { get; init; }

    /// <summary>Print one JSON object to stdout instead of text; progress goes to stderr.</summary>
    public bool Json { get; init; }

    /// <summary>Let the processes log, and print where.</summary>
    public bool Verbose { get; init; }

    /// <summary>New connections per family and measurement.</summary>
    public int Requests { get; init; } = 1500;

    /// <summary>Long-lived connections per family.</summary>
    public int ConversationsPerFamily { get; init; } = 100;
}
