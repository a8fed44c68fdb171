using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Where a page of a list ended.</summary>
/// <param name="ResourceVersion">The version of the first page, which all pages show; -1 for whatever is there now.</param>
/// <param name="After">The key of the last object of the page before.</param>
internal sealed record ContinueToken(long ResourceVersion, string After)
{
    private const string Form = "meta.k8s.io/v1";

    /// <summary>Reads a token.</summary>
    /// <exception cref="ApiException">400, it was not made by <see cref="Encode"/>.</exception>
    public static ContinueToken Decode(string text)
    {
        try
        {
            if (JsonTree.Parse(Base64Url.DecodeFromChars(text)) is JsonObject token
                && token.Text("v") == Form
                && token.Integer("rv") is { } version
                && token.Text("start") is { Length: > 0 } start
                && !start.Split('/').Any(p => p is "" or "." or ".."))
            {
                return new ContinueToken(version, start);
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw ApiErrors.BadRequest($"invalid continue token: continue key is not valid: {exception.Message}");
        }

        throw ApiErrors.BadRequest("invalid continue token: continue key is not valid");
    }

    /// <summary>The token as a client carries it.</summary>
    public string Encode() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        new JsonObject { ["v"] = Form, ["rv"] = ResourceVersion, ["start"] = After }.ToJsonString()));
}
