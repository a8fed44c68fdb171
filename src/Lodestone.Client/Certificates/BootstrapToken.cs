using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Certificates;

/// <summary>A token that machines join with, as Kubernetes has them: <c>abcdef.0123456789abcdef</c>, kept in a Secret of <c>kube-system</c>.</summary>
/// <param name="Id">Six characters that are no secret: they name the Secret and the user.</param>
/// <param name="Secret">Sixteen characters that nobody else may know.</param>
public sealed partial record BootstrapToken(string Id, string Secret)
{
    /// <summary>Where the Secrets are.</summary>
    public const string Namespace = "kube-system";

    /// <summary>The Secrets' type.</summary>
    public const string SecretType = "bootstrap.kubernetes.io/token";

    /// <summary>What the Secrets' names begin with; the id follows.</summary>
    public const string SecretNamePrefix = "bootstrap-token-";

    /// <summary>The group of all who show such a token; with a colon and a name behind it, groups that a token may add.</summary>
    public const string Group = "system:bootstrappers";

    /// <summary>The group whose requests for an agent's certificate are approved.</summary>
    public const string AgentsGroup = "system:bootstrappers:lodestone:agents";

    /// <summary>What the user name begins with; the id follows.</summary>
    public const string UserPrefix = "system:bootstrap:";

    /// <summary>The key of a Secret that holds the one host that the token is for; and what the user's extra says of it.</summary>
    public const string HostKey = "lodestone.dev.host";

    private const string Characters = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Name of the Secret.</summary>
    public string SecretName => SecretNamePrefix + Id;

    /// <summary>A new one, of random characters.</summary>
    public static BootstrapToken Create() => new(RandomNumberGenerator.GetString(Characters, 6), RandomNumberGenerator.GetString(Characters, 16));

    /// <summary>Reads <c>id.secret</c>.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out BootstrapToken? token)
    {
        token = text is not null && Form().IsMatch(text) ? new BootstrapToken(text[..6], text[7..]) : null;
        return token is not null;
    }

    /// <summary>Whether an id could be one.</summary>
    public static bool IsId(string text) => IdForm().IsMatch(text);

    /// <summary>The Secret that makes the token count, for agents.</summary>
    /// <param name="expires">When it ends; null: never.</param>
    /// <param name="description">What it is for; null: nothing is said.</param>
    /// <param name="host">The one host that may join with it; null: any.</param>
    public Secret ToSecret(DateTimeOffset? expires, string? description, string? host)
    {
        var data = new Dictionary<string, string>
        {
            ["token-id"] = Id,
            ["token-secret"] = Secret,
            ["usage-bootstrap-authentication"] = "true",
            ["auth-extra-groups"] = AgentsGroup,
        };
        if (expires is { } end)
        {
            data["expiration"] = end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }

        if (description is not null)
        {
            data["description"] = description;
        }

        if (host is not null)
        {
            data[HostKey] = host;
        }

        return new Secret
        {
            Metadata = new ObjectMeta { Name = SecretName, Namespace = Namespace },
            Type = SecretType,
            Data = data.ToDictionary(d => d.Key, d => Encoding.UTF8.GetBytes(d.Value)),
        };
    }

    /// <summary>The id only: a token is not for logs.</summary>
    public override string ToString() => $"{Id}.<secret>";

    /// <summary>The whole token, to be handed to who joins.</summary>
    public string Reveal() => $"{Id}.{Secret}";

    [GeneratedRegex(@"\A[a-z0-9]{6}\.[a-z0-9]{16}\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"\A[a-z0-9]{6}\z")]
    private static partial Regex IdForm();
}
