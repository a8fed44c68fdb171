using System.Globalization;
using System.Text;
using Lodestone.Api.BuiltIn;

namespace Lodestone.Client.Certificates;

/// <summary>Reads the Secret of a <see cref="BootstrapToken"/>, whoever wrote it.</summary>
/// <param name="secret">A Secret of type <see cref="BootstrapToken.SecretType"/>.</param>
public sealed class BootstrapTokenSecret(Secret secret)
{
    /// <summary>The token's id.</summary>
    public string Id => Text("token-id") ?? "";

    /// <summary>What it is for; null where nothing is said.</summary>
    public string? Description => Text("description");

    /// <summary>The one host that may join with it; null: any.</summary>
    public string? Host => Text(BootstrapToken.HostKey);

    /// <summary>Groups beside <see cref="BootstrapToken.Group"/>, as they stand there.</summary>
    public IReadOnlyList<string> ExtraGroups => Text("auth-extra-groups")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Whether it is to be shown to the API server at all.</summary>
    public bool Authenticates => Text("usage-bootstrap-authentication") == "true";

    /// <summary>When it ends; null: never. What can't be read as a time has ended.</summary>
    public DateTimeOffset? Expires => Text("expiration") switch
    {
        null or "" => null,
        var text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) => time,
        _ => DateTimeOffset.MinValue,
    };

    /// <summary>Bytes of the secret half; empty where there is none.</summary>
    public ReadOnlySpan<byte> SecretHalf => secret.Data?.GetValueOrDefault("token-secret");

    /// <summary>Whether it has ended.</summary>
    public bool HasExpired(DateTimeOffset now) => Expires is { } end && end <= now;

    private string? Text(string key) => secret.Data?.GetValueOrDefault(key) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
