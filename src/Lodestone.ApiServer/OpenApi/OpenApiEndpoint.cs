using System.Globalization;
using System.Security.Cryptography;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>Serves <c>/openapi/v3</c>, an index and a document per group and version that may be cached for ever under its hash, and <c>/openapi/v2</c>, one document of everything.</summary>
internal sealed class OpenApiEndpoint
{
    private const string V3Root = "/openapi/v3";
    private const string V2Path = "/openapi/v2";
    private const string V2ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary>The same as clients name it, though <c>@</c> has no place in a media type.</summary>
    private const string V2ProtobufAlias = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    private readonly TimeProvider _time;
    private readonly SortedDictionary<string, CachedDocument> _v3 = new(StringComparer.Ordinal);
    private readonly Lazy<CachedDocument> _v2Json;
    private readonly Lazy<CachedDocument> _v2Protobuf;

    /// <summary>Documents of these kinds.</summary>
    public OpenApiEndpoint(IEnumerable<ResourceDefinition> resources, string version, TimeProvider time)
    {
        _time = time;
        ResourceDefinition[] all = [.. resources];
        var paths = new ApiPaths(all);
        foreach (IGrouping<(string Group, string Version), ResourceDefinition> group in all.GroupBy(r => (r.Group, r.Version)))
        {
            string path = group.Key.Group.Length == 0 ? $"api/{group.Key.Version}" : $"apis/{group.Key.Group}/{group.Key.Version}";
            _v3.Add(path, new CachedDocument(OpenApiV3Document.Create([.. group], paths), "application/json"));
        }

        _v2Json = new(() => new CachedDocument(OpenApiV2Document.Create(all, version), "application/json"));
        _v2Protobuf = new(() => new CachedDocument(GnosticEncoder.Encode(_v2Json.Value.Content), V2ProtobufType));
    }

    /// <summary>Answers a request for a document or the index; false if the path is neither.</summary>
    /// <exception cref="ApiException">406.</exception>
    public async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        if (path == V2Path)
        {
            await SendAsync(http, V2DocumentFor(http.Request));
            return true;
        }

        if (path == V3Root)
        {
            await Responses.JsonAsync(http, 200, writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartObject("paths");
                foreach ((string name, CachedDocument document) in _v3)
                {
                    writer.WriteStartObject(name);
                    writer.WriteString("serverRelativeURL", $"{V3Root}/{name}?hash={document.Hash}");
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            });
            return true;
        }

        if (!path.StartsWith(V3Root + "/", StringComparison.Ordinal) || !_v3.TryGetValue(path[(V3Root.Length + 1)..], out CachedDocument? found))
        {
            return false;
        }

        if (!MediaType.ParseAccept(http.Request.Headers.Accept).DefaultIfEmpty(MediaType.Json).Any(t => t.IsJson))
        {
            throw ApiErrors.NotAcceptable("application/json");
        }

        await V3Async(http, path, found);
        return true;
    }

    private async Task V3Async(HttpContext http, string path, CachedDocument document)
    {
        string? wanted = http.Request.Query["hash"];
        if (!string.IsNullOrEmpty(wanted))
        {
            if (wanted != document.Hash)
            {
                http.Response.Redirect($"{path}?hash={document.Hash}", permanent: true);
                return;
            }

            http.Response.Headers.CacheControl = "public, immutable";
            http.Response.Headers.Expires = _time.GetUtcNow().AddYears(1).ToString("R", CultureInfo.InvariantCulture);
        }

        await SendAsync(http, document);
    }

    private static Task SendAsync(HttpContext http, CachedDocument document)
    {
        string tag = $"\"{document.Hash}\"";
        http.Response.Headers.Vary = "Accept";
        http.Response.Headers.ETag = tag;
        if (http.Request.Headers.IfNoneMatch.Contains(tag))
        {
            http.Response.StatusCode = 304;
            return Task.CompletedTask;
        }

        return Responses.JsonAsync(http, 200, document.Content, document.ContentType);
    }

    /// <summary>The first clause that names or covers a form decides; a wildcard means JSON.</summary>
    private CachedDocument V2DocumentFor(HttpRequest request)
    {
        foreach (MediaType type in MediaType.ParseAccept(request.Headers.Accept).DefaultIfEmpty(MediaType.Json))
        {
            if (type.IsJson)
            {
                return _v2Json.Value;
            }

            if (type.Type is V2ProtobufType or V2ProtobufAlias)
            {
                return _v2Protobuf.Value;
            }
        }

        throw ApiErrors.NotAcceptable("application/json", V2ProtobufType);
    }

    private sealed record CachedDocument(byte[] Content, string ContentType)
    {
        public string Hash { get; } = Convert.ToHexString(SHA256.HashData(Content));
    }
}
