using System.Text;
using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Protobuf;

/// <summary>
/// Request bodies in Kubernetes' protobuf: four bytes, then an envelope that names the type and holds the
/// message. Clients send them for Kubernetes' own kinds; they become the JSON that is read otherwise.
/// </summary>
internal static class ProtobufBody
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Whether a kind's objects may be sent so.</summary>
    public static bool Supports(ResourceDefinition resource) => KubernetesMessages.Find(resource.ApiVersion, resource.Kind) is not null;

    /// <summary>An object as JSON.</summary>
    /// <param name="body">The body.</param>
    /// <param name="resource">The kind the path asks for, one that is supported.</param>
    /// <exception cref="ApiException">400.</exception>
    public static byte[] ToJson(byte[] body, ResourceDefinition resource) => ToJson(body, resource.ApiVersion, resource.Kind);

    /// <summary>An object of a kind that need not be a resource, such as the TokenRequest of a ServiceAccount's <c>/token</c>.</summary>
    /// <param name="body">The body.</param>
    /// <param name="apiVersion">Group and version of the kind.</param>
    /// <param name="kind">The kind, one that is supported.</param>
    /// <exception cref="ApiException">400.</exception>
    public static byte[] ToJson(byte[] body, string apiVersion, string kind) =>
        ToJson(body, KubernetesMessages.Find(apiVersion, kind)!, apiVersion, kind);

    /// <summary>The options of a deletion as JSON. Clients give them the version of the group they delete from.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static byte[] DeleteOptionsToJson(byte[] body) => ToJson(body, KubernetesMessages.DeleteOptions, null, "DeleteOptions");

    private static byte[] ToJson(byte[] body, ProtobufField[] fields, string? apiVersion, string kind)
    {
        try
        {
            return Responses.Write(writer => WriteObject(writer, fields, body, apiVersion, kind));
        }
        catch (ProtobufException exception)
        {
            throw ApiErrors.BadRequest($"the object provided is unrecognized (must be of type {kind}): protobuf: {exception.Message}");
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, ProtobufField[] fields, ReadOnlySpan<byte> body, string? apiVersion, string kind)
    {
        if (!body.StartsWith(Magic))
        {
            throw new ProtobufException("the body does not begin with \"k8s\" and a zero byte");
        }

        ReadOnlySpan<byte> type = default, raw = default, encoding = default, mediaType = default;
        var envelope = new WireReader(body[Magic.Length..], "envelope");
        while (envelope.Read())
        {
            switch (envelope.Number)
            {
                case 1:
                    type = envelope.GetBytes();
                    break;
                case 2:
                    raw = envelope.GetBytes();
                    break;
                case 3:
                    encoding = envelope.GetText();
                    break;
                case 4:
                    mediaType = envelope.GetText();
                    break;
            }
        }

        if (!encoding.IsEmpty)
        {
            throw new ProtobufException($"envelope: the content encoding \"{Encoding.UTF8.GetString(encoding)}\" is not read");
        }

        if (!mediaType.IsEmpty && !mediaType.SequenceEqual("application/vnd.kubernetes.protobuf"u8))
        {
            throw new ProtobufException($"envelope: the content type \"{Encoding.UTF8.GetString(mediaType)}\" is not read");
        }

        writer.WriteStartObject();
        WriteType(writer, type, apiVersion, kind);
        ProtobufTranscoder.WriteFields(writer, fields, raw, kind);
        writer.WriteEndObject();
    }

    /// <summary>Writes apiVersion and kind. Another kind's message would be misread, so it is refused here.</summary>
    private static void WriteType(Utf8JsonWriter writer, ReadOnlySpan<byte> message, string? expectedVersion, string expectedKind)
    {
        (string apiVersion, string kind) = ("", "");
        var reader = new WireReader(message, "envelope.typeMeta");
        while (reader.Read())
        {
            switch (reader.Number)
            {
                case 1:
                    apiVersion = Encoding.UTF8.GetString(reader.GetText());
                    break;
                case 2:
                    kind = Encoding.UTF8.GetString(reader.GetText());
                    break;
            }
        }

        bool isVersion = apiVersion.Length == 0 || expectedVersion is null || apiVersion == expectedVersion;
        bool isKind = kind.Length == 0 || kind == expectedKind;
        if (!isVersion || !isKind)
        {
            throw new ProtobufException($"the envelope holds {kind} in version \"{apiVersion}\"");
        }

        writer.WriteString("apiVersion"u8, apiVersion.Length == 0 ? expectedVersion : apiVersion);
        writer.WriteString("kind"u8, expectedKind);
    }
}
