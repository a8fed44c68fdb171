using System.Text.Json;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Whose a bearer token is, as the cluster says.</summary>
internal sealed class TokenReviewer(ClusterReviews reviews, AggregationOptions options, TimeProvider time)
{
    private const int Capacity = 4096;

    private readonly ReviewCache<UserInfo?> _cache = new(Capacity, time);

    /// <summary>The user; null if the token doesn't count.</summary>
    /// <exception cref="ApiException">500 or 503, the cluster can't be asked.</exception>
    public Task<UserInfo?> ReviewAsync(string token, CancellationToken cancellationToken)
    {
        byte[] spec = Responses.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("token", token);
            writer.WriteEndObject();
        });
        return _cache.GetAsync(spec, () => AskAsync(spec), _ => options.TokenLifetime, cancellationToken);
    }

    private static string Text(JsonElement user, string name) =>
        user.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string[] Texts(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(v => v.GetString() ?? "")] : [];

    private async Task<UserInfo?> AskAsync(byte[] spec)
    {
        JsonElement status = await reviews.AskAsync("TokenReview", "authentication.k8s.io", "tokenreviews", spec);
        if (!status.TryGetProperty("authenticated", out JsonElement authenticated)
            || authenticated.ValueKind != JsonValueKind.True
            || !status.TryGetProperty("user", out JsonElement user)
            || Text(user, "username") is not { Length: > 0 } name)
        {
            return null;
        }

        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (user.TryGetProperty("extra", out JsonElement attributes) && attributes.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty attribute in attributes.EnumerateObject())
            {
                extra[attribute.Name] = Texts(attribute.Value);
            }
        }

        return new UserInfo(name, user.TryGetProperty("groups", out JsonElement groups) ? Texts(groups) : []) { Uid = Text(user, "uid"), Extra = extra };
    }
}
