using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests;

/// <summary>What the server answered.</summary>
internal sealed record ApiAnswer(int Code, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonObject Json => (JsonObject)JsonNode.Parse(Text)!;

    public string Uid => (string)Json["metadata"]!["uid"]!;

    public string ResourceVersion => (string)Json["metadata"]!["resourceVersion"]!;

    public string Name => (string)Json["metadata"]!["name"]!;

    public string? ContentType => ContentHeaders.NonValidated.TryGetValues("Content-Type", out HeaderStringValues values) ? values.ToString() : null;

    public string? ETag => Headers.ETag?.Tag;

    public string Reason => (string)Json["reason"]!;

    public string Message => (string)Json["message"]!;

    public IEnumerable<string> ItemNames => ((JsonArray)Json["items"]!).Select(i => (string)i!["metadata"]!["name"]!);

    public ApiAnswer Expect(int code)
    {
        Assert.True(Code == code, $"expected {code}, got {Code}: {Text}");
        return this;
    }

    /// <summary>A failure as the table of facts has it.</summary>
    public ApiAnswer ExpectFailure(int code, string reason)
    {
        Expect(code);
        Assert.Equal(("Status", "v1", "Failure", code), ((string)Json["kind"]!, (string)Json["apiVersion"]!, (string)Json["status"]!, (int)Json["code"]!));
        Assert.Equal(reason, Reason);
        return this;
    }
}
