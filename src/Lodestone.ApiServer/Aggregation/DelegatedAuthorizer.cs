using System.Text.Json;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Who may do what, as the cluster says. Its masters may do everything and health is everybody's; for these nobody is asked.</summary>
internal sealed class DelegatedAuthorizer(ClusterReviews reviews, AggregationOptions options, TimeProvider time) : IAuthorizer
{
    private const int Capacity = 8192;

    /// <summary>Questions longer than this are not kept: what their author chose of them could fill the memory (Kubernetes' limit).</summary>
    private const int LongestKept = 10_000;

    private static readonly AuthorizationDecision Master = new(true, "");

    private readonly ReviewCache<AuthorizationDecision> _cache = new(Capacity, time);

    /// <inheritdoc/>
    /// <exception cref="ApiException">500 or 503, the cluster can't be asked.</exception>
    public async ValueTask<AuthorizationDecision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken cancellationToken)
    {
        if (user.IsMaster || (!request.IsResource && PublicPaths.Contains(request.Path)))
        {
            return Master;
        }

        byte[] spec = Spec(user, request);
        return spec.Length > LongestKept
            ? await AskAsync(spec).WaitAsync(cancellationToken)
            : await _cache.GetAsync(spec, () => AskAsync(spec), d => d.IsAllowed ? options.AllowedLifetime : options.DeniedLifetime, cancellationToken);
    }

    private static byte[] Spec(UserInfo user, RequestInfo request) => Responses.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("user", user.Name);
        writer.WriteStartArray("groups");
        foreach (string group in user.Groups)
        {
            writer.WriteStringValue(group);
        }

        writer.WriteEndArray();
        if (user.Uid.Length > 0)
        {
            writer.WriteString("uid", user.Uid);
        }

        if (user.Extra.Count > 0)
        {
            writer.WriteStartObject("extra");
            foreach ((string name, IReadOnlyList<string> values) in user.Extra.OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                writer.WriteStartArray(name);
                foreach (string value in values)
                {
                    writer.WriteStringValue(value);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        if (request.IsResource)
        {
            writer.WriteStartObject("resourceAttributes");
            WriteGiven(writer, "namespace", request.Namespace);
            WriteGiven(writer, "verb", request.Verb);
            WriteGiven(writer, "group", request.Group);
            WriteGiven(writer, "version", request.Version);
            WriteGiven(writer, "resource", request.Resource);
            WriteGiven(writer, "subresource", request.Subresource);
            WriteGiven(writer, "name", request.Name);
        }
        else
        {
            writer.WriteStartObject("nonResourceAttributes");
            WriteGiven(writer, "path", request.Path);
            WriteGiven(writer, "verb", request.Verb);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private static void WriteGiven(Utf8JsonWriter writer, string name, string value)
    {
        if (value.Length > 0)
        {
            writer.WriteString(name, value);
        }
    }

    private async Task<AuthorizationDecision> AskAsync(byte[] spec)
    {
        JsonElement status = await reviews.AskAsync("SubjectAccessReview", "authorization.k8s.io", "subjectaccessreviews", spec);
        bool isAllowed = status.TryGetProperty("allowed", out JsonElement allowed) && allowed.ValueKind == JsonValueKind.True;
        bool isDenied = status.TryGetProperty("denied", out JsonElement denied) && denied.ValueKind == JsonValueKind.True;
        string reason = status.TryGetProperty("reason", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
        return new AuthorizationDecision(isAllowed && !isDenied, reason);
    }
}
