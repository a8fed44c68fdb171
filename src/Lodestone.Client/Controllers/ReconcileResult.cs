namespace Lodestone.Client.Controllers;

/// <summary>What a reconcile came to.</summary>
/// <param name="After">When to look again although nothing changed; null: only when something does.</param>
public readonly record struct ReconcileResult(TimeSpan? After)
{
    /// <summary>Nothing more to do until something changes.</summary>
    public static ReconcileResult Done => default;

    /// <summary>Look again after <paramref name="delay"/>, or earlier when something changes.</summary>
    public static ReconcileResult RequeueAfter(TimeSpan delay) => new(delay);

    /// <summary>The earlier of two results.</summary>
    public ReconcileResult Or(ReconcileResult other) =>
        After is { } mine && (other.After is not { } theirs || mine <= theirs) ? this : other;
}
