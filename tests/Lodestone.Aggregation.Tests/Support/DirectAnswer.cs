using System.Text.Json.Nodes;

namespace Lodestone.Aggregation.Tests.Support;

/// <summary>What the server answered.</summary>
internal sealed record DirectAnswer(int Code, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string Message => (string)Json["message"]!;

    public DirectAnswer Expect(int code)
    {
        Assert.True(Code == code, $"expected {code}, got {Code}: {Text}");
        return this;
    }
}
