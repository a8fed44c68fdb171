using System.Text.Json.Nodes;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Patching;

namespace Lodestone.ApiServer.Tests.Patching;

public sealed class PatchTests
{
    // RFC 6902, appendix A, and what it leaves to readers.
    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc"]}]""", """{"foo":["bar",["abc"]]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("""{"baz":"qux"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo"}""")]
    [InlineData("""{"a":{"b":1},"c":{}}""", """[{"op":"move","from":"/a/b","path":"/c/d"}]""", """{"a":{},"c":{"d":1}}""")]
    [InlineData("""{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"copy","from":"/a","path":"/b"}]""", """{"a":[1],"b":[1]}""")]
    [InlineData("""{"baz":"qux","foo":["a",2,"c"]}""", """[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]""", """{"baz":"qux","foo":["a",2,"c"]}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/child","value":{"grandchild":{}}}]""", """{"foo":"bar","child":{"grandchild":{}}}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux","xyz":123}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"foo":1}""", """[{"op":"test","path":"/foo","value":1.0}]""", """{"foo":1}""")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10},{"op":"remove","path":"/~1"}]""", """{"~1":10}""")]
    [InlineData("""{"foo":null}""", """[{"op":"test","path":"/foo","value":null}]""", """{"foo":null}""")]
    public void JsonPatch_OfTheStandard_GivesItsResult(string document, string patch, string expected) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonPatch.Parse(JsonNode.Parse(patch)).Apply(JsonNode.Parse(document))));

    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz/bat","value":"qux"}]""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"test","path":"/foo","value":1}]""")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":"10"}]""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"test","path":"/baz","value":null}]""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"copy","from":"/baz","path":"/qux"}]""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"replace","path":"/baz","value":1}]""")]
    [InlineData("""{"foo":[1]}""", """[{"op":"add","path":"/foo/2","value":1}]""")]
    [InlineData("""{"foo":[1]}""", """[{"op":"remove","path":"/foo/01"}]""")]
    [InlineData("""{"foo":{"a":1}}""", """[{"op":"move","from":"/foo","path":"/foo/a"}]""")]
    public void JsonPatch_ThatCannotBeDone_Fails(string document, string patch) =>
        Assert.Throws<JsonPatchException>(() => JsonPatch.Parse(JsonNode.Parse(patch)).Apply(JsonNode.Parse(document)));

    [Theory]
    [InlineData("""{"op":"add"}""")]
    [InlineData("""[{"op":"jump","path":"/a"}]""")]
    [InlineData("""[{"op":"add"}]""")]
    [InlineData("""[{"op":"move","path":"/a"}]""")]
    [InlineData("""[{"op":"add","path":"a"}]""")]
    public void JsonPatch_ThatIsNone_IsBadRequest(string patch) =>
        Assert.Equal(400, Assert.Throws<ApiException>(() => JsonPatch.Parse(JsonNode.Parse(patch))).Code);

    // Each copy doubles what is there; 3 MiB of copies are let through, not more.
    [Theory]
    [InlineData(12, true)]
    [InlineData(13, false)]
    public void JsonPatch_ThatCopiesAndCopies_IsBounded(int copies, bool isDone)
    {
        string patch = $"[{string.Join(',', Enumerable.Range(0, copies).Select(i => $$"""{"op":"copy","from":"","path":"/c{{i}}"}"""))}]";
        var document = new JsonObject { ["a"] = new string('x', 512) };

        Exception? refused = Record.Exception(() => JsonPatch.Parse(JsonNode.Parse(patch)).Apply(document));

        Assert.Equal(isDone, refused is null);
        Assert.True(refused is null or JsonPatchException);
    }

    // Each step puts what is there below something new.
    [Theory]
    [InlineData(127, true)]
    [InlineData(128, false)]
    public void JsonPatch_ThatNestsAndNests_IsBounded(int steps, bool isDone)
    {
        string step = """{"op":"add","path":"/b","value":{"x":{"y":1}}},{"op":"move","from":"/a","path":"/b/x/y"},{"op":"move","from":"/b","path":"/a"}""";
        var patch = JsonPatch.Parse(JsonNode.Parse($"[{string.Join(',', Enumerable.Repeat(step, steps))}]"));

        Exception? refused = Record.Exception(() => patch.Apply(JsonNode.Parse("""{"a":{}}""")));

        Assert.Equal(isDone, refused is null);
        Assert.True(refused is null or JsonPatchException);
    }

    [Fact]
    public void JsonPatch_OfTooManyOperations_IsTooLarge()
    {
        static JsonNode Patch(int count) => JsonNode.Parse($"[{string.Join(',', Enumerable.Repeat("""{"op":"test","path":"/a","value":1}""", count))}]")!;
        Assert.NotNull(JsonPatch.Parse(Patch(10_000)).Apply(JsonNode.Parse("""{"a":1}""")));

        ApiException refused = Assert.Throws<ApiException>(() => JsonPatch.Parse(Patch(10_001)));

        Assert.Equal(413, refused.Code);
        Assert.Equal("Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001", refused.Status.Message);
    }

    // RFC 7386, appendix A, where target and patch are objects.
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":"foo"}""", """{"b":[null,{"c":null}]}""", """{"a":"foo","b":[null,{"c":null}]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void MergePatch_OfTheStandard_GivesItsResult(string document, string patch, string expected)
    {
        var target = (JsonObject)JsonNode.Parse(document)!;

        MergePatch.Apply(target, (JsonObject)JsonNode.Parse(patch)!);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), target), target.ToJsonString());
    }
}
