namespace Lodestone.Cli.Joining;

/// <summary>A token that was made, for machines.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">The whole of it: a secret.</param>
/// <param name="Expires">When it ends; null: never.</param>
/// <param name="JoinCommand">What joins a machine with it.</param>
internal sealed record TokenReport(string Id, string Token, DateTimeOffset? Expires, string JoinCommand);
