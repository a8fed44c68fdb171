namespace Lodestone.Controllers.Addresses;

/// <summary>What came of allocating for one family or one wanted address.</summary>
/// <param name="Address">The address; null: there is none.</param>
/// <param name="Reason">Why there is none, in one CamelCase word.</param>
/// <param name="Message">Why there is none, and what to do.</param>
/// <param name="RetryAfter">When to try again although nothing changes; null: only when something does.</param>
internal readonly record struct AddressOutcome(string? Address, string Reason = "", string Message = "", TimeSpan? RetryAfter = null);
