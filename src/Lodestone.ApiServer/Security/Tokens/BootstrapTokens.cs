using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry;
using Lodestone.Client.Certificates;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>Tells whose a bootstrap token is: user <c>system:bootstrap:ID</c>, as long as its Secret is there (Kubernetes' plugin/pkg/auth/authenticator/token/bootstrap).</summary>
internal sealed partial class BootstrapTokens(ResourceCatalog catalog, TimeProvider time)
{
    private readonly ObjectRegistry _secrets = catalog.Registry(ResourceDefinitions.Secret);

    /// <summary>The user; null where the token does not count.</summary>
    public UserInfo? Find(BootstrapToken token)
    {
        if (_secrets.Read().Objects.Find($"{BootstrapToken.Namespace}/{token.SecretName}") is not { Summary.DeletionTimestamp: null } found
            || (Secret)_secrets.Codec.Decode(found) is not { Type: BootstrapToken.SecretType } secret)
        {
            return null;
        }

        var kept = new BootstrapTokenSecret(secret);
        if (kept.Id != token.Id
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token.Secret), kept.SecretHalf)
            || kept.HasExpired(time.GetUtcNow())
            || !kept.Authenticates
            || !kept.ExtraGroups.All(g => ExtraGroup().IsMatch(g)))
        {
            return null;
        }

        var user = new UserInfo(BootstrapToken.UserPrefix + token.Id, [BootstrapToken.Group, .. kept.ExtraGroups, UserInfo.Authenticated]);
        return kept.Host is { } host ? user with { Extra = new Dictionary<string, IReadOnlyList<string>> { [BootstrapToken.HostKey] = [host] } } : user;
    }

    [GeneratedRegex(@"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z")]
    private static partial Regex ExtraGroup();
}
