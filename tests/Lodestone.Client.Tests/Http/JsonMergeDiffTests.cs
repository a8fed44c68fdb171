using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Client.Tests.Http;

public sealed class JsonMergeDiffTests
{
    private static readonly Gen<string> Scalars = Gen.OneOf(
        Gen.Int[0, 3].Select(i => $"{i}"),
        Gen.Bool.Select(b => b ? "true" : "false"),
        Gen.Int[0, 2].Array[0, 3].Select(a => $"[{string.Join(',', a)}]"));

    private static readonly Gen<string> Objects = ObjectsOf(Gen.OneOf(Scalars, ObjectsOf(Gen.OneOf(Scalars, ObjectsOf(Scalars)))));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", null)]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2}""", """{"a":null}""")]
    [InlineData("""{"a":{"b":1,"c":2}}""", """{"a":{"b":1,"c":3}}""", """{"a":{"c":3}}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2,3]}""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":[1]}""", """{"a":{"b":1}}""", """{"a":{"b":1}}""")]
    public void Create_TwoObjects_GivesOnlyTheDifference(string original, string modified, string? expected) =>
        Assert.Equal(expected, Diff(original, modified));

    [Fact]
    public void Create_WithResourceVersion_PutsItBesideOtherChangesOfMetadata() => Assert.Equal(
        """{"metadata":{"resourceVersion":"7","labels":null},"spec":{"b":1}}""",
        Diff(
            """{"metadata":{"name":"a","resourceVersion":"7","labels":{"x":"1"}},"spec":{}}""",
            """{"metadata":{"name":"a","resourceVersion":"7"},"spec":{"b":1}}""",
            "7"));

    /// <summary>Applying the patch as RFC 7386 says gives the modified object, whatever the two are.</summary>
    [Fact]
    public void Create_AnyTwoObjects_PatchLeadsFromOneToTheOther() => Gen.Select(Objects, Objects).Sample((a, b) =>
    {
        string? patch = Diff(a, b);
        JsonNode? result = patch is null ? JsonNode.Parse(a) : Apply(JsonNode.Parse(a), JsonNode.Parse(patch));
        return JsonNode.DeepEquals(result, JsonNode.Parse(b));
    });

    private static Gen<string> ObjectsOf(Gen<string> values) =>
        Gen.Select(Gen.Char["abcd"], values).Array[0, 4].Select(members =>
            $"{{{string.Join(',', members.DistinctBy(m => m.Item1).Select(m => $"\"{m.Item1}\":{m.Item2}"))}}}");

    /// <summary>RFC 7386, section 2.</summary>
    private static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target as JsonObject ?? [];
        foreach ((string name, JsonNode? value) in changes)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Apply(result[name]?.DeepClone(), value);
            }
        }

        return result;
    }

    private static string? Diff(string original, string modified, string? resourceVersion = null)
    {
        byte[]? patch = JsonMergeDiff.Create(JsonDocument.Parse(original).RootElement, JsonDocument.Parse(modified).RootElement, resourceVersion);
        return patch is null ? null : Encoding.UTF8.GetString(patch);
    }
}
