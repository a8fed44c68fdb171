namespace Lodestone.ApiServer.Audit;

/// <summary>Where the audit log goes and how long it is kept.</summary>
public sealed record AuditOptions
{
    /// <summary>The file that events are appended to, a line each; <c>-</c> is stdout.</summary>
    public required string LogFile { get; init; }

    /// <summary>A file with an <c>audit.k8s.io/v1</c> Policy, YAML or JSON; null for the built-in one.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>Megabytes (2^20 bytes) after which the file is put aside and a new one begun; 0 for never.</summary>
    public int MaxSizeMegabytes { get; init; } = 100;

    /// <summary>Days after which files put aside are deleted; 0 for never.</summary>
    public int MaxAgeDays { get; init; } = 30;

    /// <summary>How many files put aside are kept; 0 for all.</summary>
    public int MaxBackups { get; init; } = 10;
}
