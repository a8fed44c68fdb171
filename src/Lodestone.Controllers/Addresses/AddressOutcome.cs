namespace Lodestone.Controllers.Addresses;

/// <summary>What came of allocating for one family or one wanted address.</summary>
/// <param name="Address">The address; null: there is none.</param>
/// <param name="Reason">Why there is none, in one CamelCase word.</param>
/// <param name="Message">Why there is none, and what to do.</param>
/// <param name="RetryAfter">When to try again although nothing changes; null: only when something does.</param>
internal sealed record AddressOutcome(string? Address, string Reason = "", string Message = "", TimeSpan? RetryAfter = null)
{
    /// <summary>The family it is about; null: all of them.</summary>
    internal string? Family { get; init; }

    /// <summary>Name of the IPAddress object, where there is an address.</summary>
    internal string? Name { get; init; }

    /// <summary>The pools in which space would help, none of them having any; null: space in pools is not what it lacks.</summary>
    internal IReadOnlyList<PoolSpace>? WaitsFor { get; init; }
}
