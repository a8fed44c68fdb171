using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Audit;

/// <summary>What becomes of one request, as its audit events tell it.</summary>
/// <param name="request">The request.</param>
/// <param name="user">Who showed credentials.</param>
/// <param name="rule">How much is told.</param>
/// <param name="received">When it came in.</param>
internal sealed class AuditRecord(ApiRequest request, UserInfo user, AuditRule rule, DateTimeOffset received)
{
    private const string MicroTime = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>How much is told.</summary>
    public AuditRule Rule { get; } = rule;

    /// <summary>What was sent, as JSON; null if nothing was, or it isn't told.</summary>
    public byte[]? RequestObject { get; set; }

    /// <summary>What was answered, as JSON; null if nothing was, or it isn't told.</summary>
    public ReadOnlyMemory<byte>? ResponseObject { get; set; }

    /// <summary>What is created: its path doesn't say the name, which may be made up here besides. Null for all else.</summary>
    public ObjectMeta? Created { get; set; }

    /// <summary>The failure it ended in, or null.</summary>
    public Status? Failure { get; set; }

    /// <summary>The event of a stage, as JSON.</summary>
    public byte[] Write(AuditStage stage, DateTimeOffset now, int? code) => Responses.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "Event"u8);
        writer.WriteString("apiVersion"u8, "audit.k8s.io/v1"u8);
        writer.WriteString("level"u8, LevelName(Rule.Level));
        writer.WriteString("auditID"u8, request.AuditId);
        writer.WriteString("stage"u8, StageName(stage));
        writer.WriteString("requestURI"u8, $"{request.Http.Request.Path}{request.Http.Request.QueryString}");
        writer.WriteString("verb"u8, request.Info.Verb);
        WriteUser(writer, "user", user);
        if (!ReferenceEquals(user, request.User))
        {
            WriteUser(writer, "impersonatedUser", request.User);
        }

        writer.WriteStartArray("sourceIPs"u8);
        foreach (string address in SourceAddresses())
        {
            writer.WriteStringValue(address);
        }

        writer.WriteEndArray();
        writer.WriteString("userAgent"u8, request.Http.Request.Headers.UserAgent.ToString());
        if (request.Info.IsResource)
        {
            WriteObjectRef(writer);
        }

        if (code is { } known)
        {
            WriteStatus(writer, known);
            WriteBody(writer, "requestObject", RequestObject);
            WriteBody(writer, "responseObject", ResponseObject);
        }

        writer.WriteString("requestReceivedTimestamp"u8, received.ToString(MicroTime, CultureInfo.InvariantCulture));
        writer.WriteString("stageTimestamp"u8, now.ToString(MicroTime, CultureInfo.InvariantCulture));
        if (request.Decision is { } decision)
        {
            writer.WriteStartObject("annotations"u8);
            writer.WriteString("authorization.k8s.io/decision"u8, decision.IsAllowed ? "allow"u8 : "forbid"u8);
            writer.WriteString("authorization.k8s.io/reason"u8, decision.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    });

    private static void WriteUser(Utf8JsonWriter writer, string name, UserInfo user)
    {
        writer.WriteStartObject(name);
        writer.WriteString("username"u8, user.Name);
        WriteIfAny(writer, "uid", user.Uid);
        writer.WriteStartArray("groups"u8);
        foreach (string group in user.Groups)
        {
            writer.WriteStringValue(group);
        }

        writer.WriteEndArray();
        if (user.Extra.Count > 0)
        {
            writer.WriteStartObject("extra"u8);
            foreach ((string key, IReadOnlyList<string> values) in user.Extra)
            {
                writer.WriteStartArray(key);
                foreach (string value in values)
                {
                    writer.WriteStringValue(value);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>Who sent it, as proxies on the way tell, then who is connected.</summary>
    private IEnumerable<string> SourceAddresses() => request.Http.Request.Headers["X-Forwarded-For"]
        .SelectMany(h => (h ?? "").Split(',', StringSplitOptions.TrimEntries))
        .Where(a => IPAddress.TryParse(a, out _))
        .Append(request.Http.Connection.RemoteIpAddress?.ToString() ?? "")
        .Distinct();

    private void WriteObjectRef(Utf8JsonWriter writer)
    {
        RequestInfo info = request.Info;
        writer.WriteStartObject("objectRef"u8);
        writer.WriteString("resource"u8, info.Resource);
        WriteIfAny(writer, "namespace", info.Namespace);
        WriteIfAny(writer, "name", info.Name.Length > 0 ? info.Name : Created?.Name ?? NameInBody() ?? "");
        WriteIfAny(writer, "apiGroup", info.Group);
        writer.WriteString("apiVersion"u8, info.Version);
        WriteIfAny(writer, "subresource", info.Subresource);
        writer.WriteEndObject();
    }

    /// <summary>The name in a body that is told, for creations that were refused before they were read.</summary>
    private string? NameInBody()
    {
        if (RequestObject is null || request.Info.Verb != "create")
        {
            return null;
        }

        try
        {
            return (JsonTree.Parse(RequestObject) as JsonObject)?.Object("metadata")?.Text("name");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void WriteStatus(Utf8JsonWriter writer, int code)
    {
        writer.WriteStartObject("responseStatus"u8);
        writer.WriteStartObject("metadata"u8);
        writer.WriteEndObject();
        if (Failure is { } failure)
        {
            writer.WriteString("status"u8, failure.Outcome);
            writer.WriteString("message"u8, failure.Message);
            writer.WriteString("reason"u8, failure.Reason);
        }

        writer.WriteNumber("code"u8, code);
        writer.WriteEndObject();
    }

    private void WriteBody(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte>? body)
    {
        if (body is not { Length: > 0 } json)
        {
            return;
        }

        try
        {
            JsonNode? value = JsonTree.Parse(json.Span);
            if (Rule.OmitManagedFields)
            {
                (value as JsonObject)?.Object("metadata")?.Remove("managedFields");
                foreach (JsonNode? item in (value as JsonObject)?["items"] as JsonArray ?? [])
                {
                    (item as JsonObject)?.Object("metadata")?.Remove("managedFields");
                }
            }

            writer.WritePropertyName(name);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }
        catch (JsonException)
        {
            // It was refused for that: the status tells.
        }
    }

    private static void WriteIfAny(Utf8JsonWriter writer, string name, string value)
    {
        if (value.Length > 0)
        {
            writer.WriteString(name, value);
        }
    }

    private static ReadOnlySpan<byte> LevelName(AuditLevel level) => level switch
    {
        AuditLevel.Metadata => "Metadata"u8,
        AuditLevel.Request => "Request"u8,
        AuditLevel.RequestResponse => "RequestResponse"u8,
        _ => "None"u8,
    };

    private static ReadOnlySpan<byte> StageName(AuditStage stage) => stage switch
    {
        AuditStage.RequestReceived => "RequestReceived"u8,
        AuditStage.ResponseStarted => "ResponseStarted"u8,
        AuditStage.ResponseComplete => "ResponseComplete"u8,
        _ => "Panic"u8,
    };
}
