using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>What the client wants to be answered with.</summary>
/// <param name="Format">The form of objects.</param>
/// <param name="MetaVersion">Version of <c>meta.k8s.io</c> that the form was asked for in.</param>
/// <param name="IncludeObject">What the rows of a table carry: None, Metadata or Object.</param>
internal sealed record Negotiation(ObjectFormat Format, string MetaVersion, string IncludeObject)
{
    /// <summary>Reads Accept and <c>includeObject</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isList">The answer is a list, or the events of a watch.</param>
    /// <exception cref="ApiException">406, or 400 for an unknown <c>includeObject</c>.</exception>
    public static Negotiation Of(HttpRequest request, bool isList)
    {
        List<MediaType> accepted = MediaType.ParseAccept(request.Headers.Accept);
        if (accepted.Count == 0)
        {
            return new Negotiation(ObjectFormat.Full, "v1", "Metadata");
        }

        foreach (MediaType type in accepted)
        {
            if (!type.IsJson)
            {
                continue;
            }

            string? wanted = type.Parameters.GetValueOrDefault("as");
            string version = type.Parameters.GetValueOrDefault("v") ?? "v1";
            bool isMeta = type.Parameters.GetValueOrDefault("g") == "meta.k8s.io" && version is "v1" or "v1beta1";
            switch (wanted)
            {
                case null:
                    return new Negotiation(ObjectFormat.Full, "v1", "Metadata");
                case "Table" when isMeta:
                    return new Negotiation(ObjectFormat.Table, version, IncludeObjectOf(request));
                case "PartialObjectMetadata" when isMeta && !isList:
                case "PartialObjectMetadataList" when isMeta && isList:
                case "PartialObjectMetadata" when isMeta && request.Query.ContainsKey("watch"):
                    return new Negotiation(ObjectFormat.Metadata, version, "Metadata");
            }
        }

        throw ApiErrors.NotAcceptable("application/json");
    }

    private static string IncludeObjectOf(HttpRequest request) => (string?)request.Query["includeObject"] switch
    {
        null or "" => "Metadata",
        "None" => "None",
        "Metadata" => "Metadata",
        "Object" => "Object",
        var other => throw ApiErrors.BadRequest($"unrecognized includeObject value: \"{other}\""),
    };
}
