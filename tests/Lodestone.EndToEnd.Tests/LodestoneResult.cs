namespace Lodestone.EndToEnd.Tests;

/// <summary>What a finished <c>lodestone</c> left.</summary>
internal sealed record LodestoneResult(int ExitCode, string Output, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
