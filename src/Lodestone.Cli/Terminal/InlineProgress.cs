namespace Lodestone.Cli.Terminal;

/// <summary>Reports at once and on the reporter's thread, so that lines stay in order; <see cref="Progress{T}"/> posts them elsewhere.</summary>
internal sealed class InlineProgress(Action<string> report) : IProgress<string>
{
    /// <inheritdoc/>
    public void Report(string value) => report(value);
}
