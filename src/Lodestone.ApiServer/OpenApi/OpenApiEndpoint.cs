using System.Security.Cryptography;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>Serves <c>/openapi/v3</c>: an index, and a document per group and version that may be cached for ever under its hash.</summary>
internal sealed class OpenApiEndpoint
{
    private const string Root = "/openapi/v3";
    private readonly SortedDictionary<string, (byte[] Json, string Hash)> _documents = new(StringComparer.Ordinal);

    /// <summary>Documents of these kinds.</summary>
    public OpenApiEndpoint(IEnumerable<ResourceDefinition> resources)
    {
        foreach (IGrouping<(string Group, string Version), ResourceDefinition> group in resources.GroupBy(r => (r.Group, r.Version)))
        {
            string path = group.Key.Group.Length == 0 ? $"api/{group.Key.Version}" : $"apis/{group.Key.Group}/{group.Key.Version}";
            byte[] json = OpenApiDocument.Create([.. group]);
            _documents.Add(path, (json, Convert.ToHexString(SHA256.HashData(json))));
        }
    }

    /// <summary>Answers a request for a document or the index; false if the path is neither.</summary>
    public async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        if (path == Root)
        {
            await Responses.JsonAsync(http, 200, writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartObject("paths");
                foreach ((string name, (_, string hash)) in _documents)
                {
                    writer.WriteStartObject(name);
                    writer.WriteString("serverRelativeURL", $"{Root}/{name}?hash={hash}");
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            });
            return true;
        }

        if (!path.StartsWith(Root + "/", StringComparison.Ordinal)
            || !_documents.TryGetValue(path[(Root.Length + 1)..], out (byte[] Json, string Hash) document))
        {
            return false;
        }

        await DocumentAsync(http, path, document.Json, document.Hash);
        return true;
    }

    private static async Task DocumentAsync(HttpContext http, string path, byte[] json, string hash)
    {
        string? wanted = http.Request.Query["hash"];
        string tag = $"\"{hash}\"";
        http.Response.Headers.Vary = "Accept";
        http.Response.Headers.ETag = tag;
        if (!string.IsNullOrEmpty(wanted) && wanted != hash)
        {
            http.Response.Redirect($"{path}?hash={hash}", permanent: true);
            return;
        }

        if (!string.IsNullOrEmpty(wanted))
        {
            http.Response.Headers.CacheControl = "public, immutable, max-age=31536000";
        }

        if (http.Request.Headers.IfNoneMatch.Contains(tag))
        {
            http.Response.StatusCode = 304;
            return;
        }

        await Responses.JsonAsync(http, 200, json);
    }
}
