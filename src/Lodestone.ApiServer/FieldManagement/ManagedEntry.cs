namespace Lodestone.ApiServer.FieldManagement;

/// <summary>What one manager owns: an entry of <c>metadata.managedFields</c>.</summary>
/// <param name="Manager">Who.</param>
/// <param name="ApiVersion">The version the fields are named in.</param>
/// <param name="Time">When the manager last changed something, in whole seconds; null if it never did.</param>
/// <param name="Fields">What it owns.</param>
internal sealed record ManagedEntry(ManagerId Manager, string ApiVersion, DateTimeOffset? Time, FieldSet Fields);
