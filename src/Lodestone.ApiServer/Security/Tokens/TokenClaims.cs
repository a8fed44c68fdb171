namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>What a token of ours says.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="Audiences">For whom.</param>
/// <param name="NotBefore">From when it counts, in seconds since 1970.</param>
/// <param name="Expires">When it ends, in seconds since 1970.</param>
/// <param name="AccountKey">Namespace and name of the service account, <c>ns/name</c>.</param>
/// <param name="AccountUid">The account's UID.</param>
/// <param name="SecretKey">The Secret it is bound to, <c>ns/name</c>, or null.</param>
/// <param name="SecretUid">That Secret's UID, or null.</param>
internal sealed record TokenClaims(
    UserInfo User,
    IReadOnlyList<string> Audiences,
    long NotBefore,
    long Expires,
    string AccountKey,
    string AccountUid,
    string? SecretKey,
    string? SecretUid);
