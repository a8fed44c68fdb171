using System.Globalization;
using System.Text.Json.Nodes;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>Tokens of service accounts: issues them, and tells whose one is (Kubernetes' pkg/serviceaccount).</summary>
/// <remarks>
/// A token is bound to the account's UID, and maybe to a Secret; it ends with them, and with its time. A signature is checked once, the
/// rest at every request.
/// </remarks>
internal sealed class ServiceAccountTokens
{
    /// <summary>Who issues tokens, and whom they are for unless asked otherwise.</summary>
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    /// <summary>Tells tokens of one account apart, in a user's extra.</summary>
    public const string CredentialId = "authentication.kubernetes.io/credential-id";

    private const string Private = "kubernetes.io";
    private const int CachedTokens = 4096;
    private static readonly string[] DefaultAudiences = [Issuer];
    private static readonly TimeSpan DeletionGrace = TimeSpan.FromSeconds(60);

    private readonly TokenKeyRing _keys;
    private readonly ObjectRegistry _accounts;
    private readonly ObjectRegistry _secrets;
    private readonly TimeProvider _time;
    private Verified _verified = new([]);

    /// <summary>Tokens of the accounts of a catalog.</summary>
    public ServiceAccountTokens(TokenKeyRing keys, ResourceCatalog catalog, TimeProvider time)
    {
        _keys = keys;
        _accounts = catalog.Registry(ResourceDefinitions.ServiceAccount);
        _secrets = catalog.Registry(ResourceDefinitions.Secret);
        _time = time;
    }

    /// <summary>Whom a token is for when it is asked for without audiences.</summary>
    public static IReadOnlyList<string> Audiences => DefaultAudiences;

    /// <summary>Issues a token.</summary>
    /// <param name="account">The account as it is.</param>
    /// <param name="secret">The Secret to bind it to, or null.</param>
    /// <param name="audiences">For whom.</param>
    /// <param name="lifetime">How long it is valid from now on.</param>
    /// <returns>The token, and when it ends.</returns>
    public (string Token, DateTimeOffset Expires) Issue(StoredObject account, StoredObject? secret, IReadOnlyList<string> audiences, TimeSpan lifetime)
    {
        (string ns, string name) = (account.Summary.Namespace, account.Summary.Name);
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        long expires = now + (long)lifetime.TotalSeconds;
        var kubernetes = new JsonObject { ["namespace"] = ns };
        if (secret is not null)
        {
            kubernetes["secret"] = new JsonObject { ["name"] = secret.Summary.Name, ["uid"] = secret.Summary.Uid };
        }

        kubernetes["serviceaccount"] = new JsonObject { ["name"] = name, ["uid"] = account.Summary.Uid };
        var claims = new JsonObject
        {
            ["aud"] = new JsonArray([.. audiences.Select(a => (JsonNode)a)]),
            ["exp"] = expires,
            ["iat"] = now,
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            [Private] = kubernetes,
            ["nbf"] = now,
            ["sub"] = UserInfo.ServiceAccountName(ns, name),
        };
        return (JsonWebToken.Sign(claims, _keys.Keys[0]), DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>Whose a token is.</summary>
    /// <param name="token">The token.</param>
    /// <param name="audiences">It must be for one of these.</param>
    public TokenAnswer Review(string token, IReadOnlyList<string> audiences)
    {
        TokenKey[] keys = _keys.Keys;
        Verified verified = Volatile.Read(ref _verified);
        if (!ReferenceEquals(keys, verified.Keys))
        {
            // Some key may be gone, and with it what it had signed.
            verified = new Verified(keys);
            Volatile.Write(ref _verified, verified);
        }

        if (token.Length > JsonWebToken.MaxLength || verified.Cache.GetOrRead(token, verified.Read) is not { } claims)
        {
            return Refuse("invalid bearer token");
        }

        if (Refusal(claims) is { } refusal)
        {
            return Refuse($"[invalid bearer token, {refusal}]");
        }

        string[] common = ReferenceEquals(audiences, DefaultAudiences) && claims.Audiences is [Issuer]
            ? DefaultAudiences
            : [.. claims.Audiences.Where(audiences.Contains)];
        return common.Length == 0
            ? Refuse($"[invalid bearer token, token audiences {Quote(claims.Audiences)} is invalid for the target audiences {Quote(audiences)}]")
            : new TokenAnswer(claims.User, common, "");
    }

    private static TokenAnswer Refuse(string error) => new(null, [], error);

    private static string Quote(IReadOnlyList<string> values) => $"[{string.Join(' ', values.Select(FieldError.Quote))}]";

    /// <summary>The claims of a token that is signed by us and complete, else null.</summary>
    private static TokenClaims? Read(string token, TokenKey[] keys)
    {
        if (JsonWebToken.Read(token, keys) is not { } claims
            || JsonWebToken.Text(claims, "iss") != Issuer
            || Number(claims, "exp") is not { } expires
            || claims[Private] is not JsonObject kubernetes
            || JsonWebToken.Text(kubernetes, "namespace") is not { Length: > 0 } ns
            || kubernetes["serviceaccount"] is not JsonObject account
            || JsonWebToken.Text(account, "name") is not { Length: > 0 } name
            || JsonWebToken.Text(account, "uid") is not { Length: > 0 } uid
            || JsonWebToken.Text(claims, "sub") != UserInfo.ServiceAccountName(ns, name))
        {
            return null;
        }

        string[] audiences = claims["aud"] switch
        {
            JsonArray list => [.. list.Select(a => a?.ToString() ?? "")],
            JsonValue one => [one.ToString()],
            _ => [],
        };
        var secret = kubernetes["secret"] as JsonObject;
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        if (JsonWebToken.Text(claims, "jti") is { Length: > 0 } id)
        {
            extra[CredentialId] = [$"JTI={id}"];
        }

        return new TokenClaims(
            new UserInfo(UserInfo.ServiceAccountName(ns, name), [UserInfo.ServiceAccounts, $"{UserInfo.ServiceAccounts}:{ns}", UserInfo.Authenticated]) { Uid = uid, Extra = extra },
            audiences,
            Number(claims, "nbf") ?? 0,
            expires,
            $"{ns}/{name}",
            uid,
            secret is null ? null : $"{ns}/{JsonWebToken.Text(secret, "name")}",
            secret is null ? null : JsonWebToken.Text(secret, "uid") ?? "");
    }

    private string? Refusal(TokenClaims claims)
    {
        DateTimeOffset now = _time.GetUtcNow();
        long seconds = now.ToUnixTimeSeconds();
        if (seconds >= claims.Expires)
        {
            return "service account token has expired";
        }

        if (seconds < claims.NotBefore)
        {
            return "service account token is not valid yet";
        }

        return IsThere(_accounts, claims.AccountKey, claims.AccountUid, now)
            && (claims.SecretKey is null || IsThere(_secrets, claims.SecretKey, claims.SecretUid!, now))
                ? null
                : "service account token has been invalidated";
    }

    private static bool IsThere(ObjectRegistry registry, string key, string uid, DateTimeOffset now) =>
        registry.Read().Objects.Find(key) is { } found
        && found.Summary.Uid == uid
        && (found.Summary.DeletionTimestamp is not { } deleted
            || !DateTimeOffset.TryParse(deleted, CultureInfo.InvariantCulture, out DateTimeOffset at)
            || at > now - DeletionGrace);

    private static long? Number(JsonObject claims, string name) =>
        claims[name] is JsonValue value && value.TryGetValue(out double number) ? (long)Math.Min(number, long.MaxValue / 2) : null;

    /// <summary>What tokens say that one of these keys has signed.</summary>
    private sealed class Verified
    {
        public Verified(TokenKey[] keys)
        {
            Keys = keys;
            Read = token => ServiceAccountTokens.Read(token, keys);
        }

        public TokenKey[] Keys { get; }

        public TokenCache Cache { get; } = new(CachedTokens);

        public Func<string, TokenClaims?> Read { get; }
    }
}
