using Lodestone.ApiServer.Formatting;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>What the client wants to be answered with.</summary>
/// <param name="Format">The form of objects.</param>
/// <param name="MetaVersion">Version of <c>meta.k8s.io</c> that the form was asked for in.</param>
/// <param name="IncludeObject">What the rows of a table carry: None, Metadata or Object.</param>
internal sealed record Negotiation(ObjectFormat Format, string MetaVersion, string IncludeObject)
{
    private static readonly Negotiation Full = new(ObjectFormat.Full, "v1", "Metadata");

    /// <summary>Reads Accept and <c>includeObject</c>, and chooses between JSON and YAML.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isList">The answer is a list.</param>
    /// <param name="isWatch">The answer is a stream of events, which has no YAML form.</param>
    /// <param name="allowsTable">Whether the answer can be a table; else the client's other wishes count.</param>
    /// <exception cref="ApiException">406, or 400 for an unknown <c>includeObject</c>.</exception>
    public static Negotiation Of(HttpRequest request, bool isList, bool isWatch = false, bool allowsTable = true)
    {
        List<MediaType> accepted = MediaType.ParseAccept(request.Headers.Accept);
        if (accepted.Count == 0)
        {
            return Full;
        }

        foreach (MediaType type in accepted)
        {
            if (!IsServed(type, isWatch))
            {
                continue;
            }

            if (!type.IsTransform)
            {
                ResponseForm.Choose(request.HttpContext, type);
                return Full;
            }

            string? version = type.Parameters.GetValueOrDefault("v");
            if (type.Parameters.GetValueOrDefault("g") != "meta.k8s.io" || version is not ("v1" or "v1beta1"))
            {
                continue;
            }

            ObjectFormat format;
            switch (type.Parameters.GetValueOrDefault("as"))
            {
                case "Table" when allowsTable:
                    format = ObjectFormat.Table;
                    break;
                case "PartialObjectMetadata" when isList:
                    throw ApiErrors.NotTransformable("you requested PartialObjectMetadata, but the requested object is a list");
                case "PartialObjectMetadataList" when !isList:
                    throw ApiErrors.NotTransformable("you requested PartialObjectMetadataList, but the requested object is not a list");
                case "PartialObjectMetadata" or "PartialObjectMetadataList":
                    format = ObjectFormat.Metadata;
                    break;
                default:
                    continue;
            }

            ResponseForm.Choose(request.HttpContext, type);
            return new Negotiation(format, version, format == ObjectFormat.Table ? IncludeObjectOf(request) : "Metadata");
        }

        throw isWatch ? ApiErrors.NotAcceptable("application/json") : ApiErrors.NotAcceptable("application/json", "application/yaml");
    }

    /// <summary>For answers that have no other form than their own: reviews, discovery.</summary>
    /// <exception cref="ApiException">406.</exception>
    public static void RequireFull(HttpRequest request)
    {
        List<MediaType> accepted = MediaType.ParseAccept(request.Headers.Accept);
        if (accepted.Count == 0)
        {
            return;
        }

        MediaType type = accepted.Find(t => IsServed(t, isWatch: false) && !t.IsTransform) ?? throw ApiErrors.NotAcceptable("application/json", "application/yaml");
        ResponseForm.Choose(request.HttpContext, type);
    }

    /// <summary>A form that nobody knows a stream or server version of is passed over; all other unknown parameters mean nothing.</summary>
    private static bool IsServed(MediaType type, bool isWatch) =>
        (type.IsJson || (type.IsYaml && !isWatch))
        && type.Parameters.GetValueOrDefault("stream") is null or "" or "watch"
        && type.Parameters.GetValueOrDefault("sv") is null or "" or "v1";

    private static string IncludeObjectOf(HttpRequest request) => (string?)request.Query["includeObject"] switch
    {
        null or "" => "Metadata",
        "None" => "None",
        "Metadata" => "Metadata",
        "Object" => "Object",
        var other => throw ApiErrors.BadRequest($"unrecognized includeObject value: \"{other}\""),
    };
}
