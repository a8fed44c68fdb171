namespace Lodestone.Client.Reviews;

/// <summary>How patient a <see cref="ReviewClient"/> is.</summary>
public sealed record ReviewOptions
{
    /// <summary>What the server's audit log calls us.</summary>
    public string UserAgent { get; init; } = "lodestone";

    /// <summary>How long an answer may take, with all attempts.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is asked before the failure is reported.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>The delay before the second attempt; each further one is twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);
}
