namespace Lodestone.Cli.Lab.Report;

/// <summary>Something that was read about a step where people would look.</summary>
/// <param name="What">What it is, such as an object, its condition and the reason.</param>
/// <param name="Message">What it says in full; absent where that is all.</param>
internal sealed record FindingReport(string What, string? Message)
{
    /// <inheritdoc/>
    public override string ToString() => Message is null ? What : $"{What} ({Message})";
}
