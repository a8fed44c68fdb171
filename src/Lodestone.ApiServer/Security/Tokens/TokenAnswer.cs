namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>What was found out about a token.</summary>
/// <param name="User">Whose it is; null when it doesn't count.</param>
/// <param name="Audiences">Those of the audiences asked for that it is for.</param>
/// <param name="Error">Why it doesn't count; empty when it does.</param>
internal sealed record TokenAnswer(UserInfo? User, IReadOnlyList<string> Audiences, string Error);
