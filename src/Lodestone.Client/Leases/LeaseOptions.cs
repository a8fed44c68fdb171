namespace Lodestone.Client.Leases;

/// <summary>Which Lease is held, by whom and for how long.</summary>
public sealed record LeaseOptions
{
    /// <summary>Namespace of the leases of our own components.</summary>
    public const string SystemNamespace = "lodestone-system";

    /// <summary>The Lease's namespace.</summary>
    public string Namespace { get; init; } = SystemNamespace;

    /// <summary>The Lease's name.</summary>
    public required string Name { get; init; }

    /// <summary>Who holds it; unique to this process.</summary>
    public required string Identity { get; init; }

    /// <summary>How long it is valid without being renewed; a part of a second counts as a whole one.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A holder that couldn't renew for so long stops: well before anybody else may take over.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two renewals, or two attempts to take it; attempts wait up to a fifth longer, each time anew.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Labels that a Lease gets when it is taken or renewed; others stay.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Source of jitter; null: one of its own.</summary>
    public Random? Random { get; init; }

    /// <summary>Seconds that the Lease says: never less than <see cref="Duration"/>.</summary>
    internal int DurationSeconds => (int)Math.Max(1, Math.Ceiling(Duration.TotalSeconds));

    /// <summary>
    /// An identity no other process has, nor a later one of the same name: pods of one host see equal process ids, and a container that
    /// starts again has name and process id of the one before.
    /// </summary>
    public static string NewIdentity() => $"{Environment.MachineName}_{Guid.NewGuid():N}";

    /// <summary>Throws where two holders at a time would be possible, or one couldn't renew twice within its deadline.</summary>
    /// <exception cref="ArgumentException">The times don't fit together.</exception>
    public void Validate()
    {
        if (RetryPeriod <= TimeSpan.Zero)
        {
            throw new ArgumentException($"the retry period, {RetryPeriod.TotalSeconds} s, must be above 0");
        }

        if (RenewDeadline < RetryPeriod * 1.2)
        {
            throw new ArgumentException($"the renew deadline, {RenewDeadline.TotalSeconds} s, must be at least 1.2 times the retry period, {RetryPeriod.TotalSeconds} s");
        }

        if (Duration <= RenewDeadline)
        {
            throw new ArgumentException($"the lease duration, {Duration.TotalSeconds} s, must be longer than the renew deadline, {RenewDeadline.TotalSeconds} s");
        }
    }
}
