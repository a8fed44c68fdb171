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

    /// <summary>How long it is valid without being renewed; whole seconds.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A holder that couldn't renew for so long stops: well before anybody else may take over.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two renewals, or two attempts to take it.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
