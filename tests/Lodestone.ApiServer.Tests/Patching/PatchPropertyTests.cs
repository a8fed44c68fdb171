using System.Text.Json.Nodes;
using CsCheck;
using Lodestone.ApiServer.Patching;

namespace Lodestone.ApiServer.Tests.Patching;

/// <summary>What holds for JSON patches and merge patches of any documents.</summary>
public sealed class PatchPropertyTests
{
    private static readonly Gen<string> Names = Gen.OneOf("a", "b", "c", "x/y", "~", "~1", "", "0", "-", "ä");

    private static readonly Gen<string> Scalars = Gen.OneOf("null", "true", "0", "1", "1.5", "\"\"", "\"a\"", "\"ä\"");

    private static readonly Gen<string> Documents = Gen.Recursive<string>((depth, self) =>
        ObjectsOf(depth >= 3 ? Scalars : Gen.OneOf(Scalars, self, ArraysOf(Gen.OneOf(Scalars, self)))));

    // A merge patch can't say null, since that removes.
    private static readonly Gen<string> WithoutNulls = Gen.Recursive<string>((depth, self) =>
    {
        Gen<string> scalars = Scalars.Where(s => s != "null");
        return ObjectsOf(depth >= 3 ? scalars : Gen.OneOf(scalars, self, ArraysOf(scalars)));
    });

    [Fact]
    public void MergePatch_Difference_GivesTheOtherDocument() => Gen.Select(WithoutNulls, WithoutNulls).Sample((before, after) =>
    {
        JsonObject target = Parse(before);
        MergePatch.Apply(target, MergeDifference(Parse(before), Parse(after)));
        Same(after, target);
    });

    // RFC 7386, section 2, word for word.
    [Fact]
    public void MergePatch_AnyPatch_IsAsTheStandardSaysAndTheSameAgain() => Gen.Select(Documents, Documents).Sample((document, patch) =>
    {
        JsonObject changes = Parse(patch), target = Parse(document);
        MergePatch.Apply(target, changes);
        string once = target.ToJsonString();
        Same(Standard(Parse(document), Parse(patch))!.ToJsonString(), target);

        MergePatch.Apply(target, changes);
        Same(once, target);
        Same(patch, changes);
    });

    [Fact]
    public void JsonPatch_Difference_GivesTheOtherDocumentAndComesBack() => Gen.Select(Documents, Documents).Sample((before, after) =>
    {
        JsonArray forth = Difference(Parse(before), Parse(after)), back = Difference(Parse(after), Parse(before));
        string written = forth.ToJsonString();

        JsonNode? there = JsonPatch.Parse(forth).Apply(Parse(before));
        Same(after, there);
        Assert.Equal(written, forth.ToJsonString());
        Same(before, JsonPatch.Parse(back).Apply(there));
    });

    // A value is found where a pointer to it says, and a copy of it equals it; after a move it is there and no longer here.
    [Fact]
    public void JsonPatch_EveryValue_IsTestedCopiedMovedAndPutBack() => Documents.Sample(text =>
    {
        foreach ((string pointer, JsonNode? value) in Values(Parse(text), ""))
        {
            Same(text, Apply(text, Operation("test", pointer, value)));
            Same(text, Apply(text, Operation("replace", pointer, value)));
            Same(text, Apply(text, Operation("add", "/new", null), Operation("copy", "/new", null, pointer), Operation("test", "/new", value), Operation("remove", "/new", null)));
            Same(text, Apply(text, Operation("move", "/new", null, pointer), Operation("test", "/new", value), Operation("move", pointer, null, "/new")));
            Assert.Throws<JsonPatchException>(() => Apply(text, Operation("test", pointer, new JsonArray("another", value?.DeepClone()))));
            if (!pointer.EndsWith("/-", StringComparison.Ordinal))
            {
                Assert.Throws<JsonPatchException>(() => Apply(text, Operation("replace", $"{pointer}/no/such", null)));
            }
        }
    });

    private static Gen<string> ObjectsOf(Gen<string> values) => Gen.Select(Names, values).Array[0, 4].Select(members =>
        $"{{{string.Join(',', members.DistinctBy(m => m.Item1).Select(m => $"\"{m.Item1}\":{m.Item2}"))}}}");

    private static Gen<string> ArraysOf(Gen<string> items) => items.Array[0, 3].Select(values => $"[{string.Join(',', values)}]");

    private static JsonObject MergeDifference(JsonObject before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach ((string name, JsonNode? _) in before.Where(m => !after.ContainsKey(m.Key)))
        {
            patch[name] = null;
        }

        foreach ((string name, JsonNode? value) in after)
        {
            if (value is JsonObject now && before[name] is JsonObject then)
            {
                patch[name] = MergeDifference(then, now);
            }
            else if (!before.ContainsKey(name) || !JsonNode.DeepEquals(before[name], value))
            {
                patch[name] = value?.DeepClone();
            }
        }

        return patch;
    }

    private static JsonNode? Standard(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target as JsonObject ?? [];
        foreach ((string name, JsonNode? value) in changes)
        {
            JsonNode? member = result[name];
            result.Remove(name);
            if (value is not null)
            {
                result[name] = Standard(member, value);
            }
        }

        return result;
    }

    private static JsonArray Difference(JsonObject before, JsonObject after)
    {
        var operations = new JsonArray();
        Collect(before, after, "");
        return operations;

        void Collect(JsonObject then, JsonObject now, string path)
        {
            foreach ((string name, JsonNode? _) in then.Where(m => !now.ContainsKey(m.Key)))
            {
                operations.Add(Operation("remove", Below(path, name), null));
            }

            foreach ((string name, JsonNode? value) in now)
            {
                if (!then.TryGetPropertyValue(name, out JsonNode? old))
                {
                    operations.Add(Operation("add", Below(path, name), value));
                }
                else if (old is JsonObject inner && value is JsonObject outer)
                {
                    Collect(inner, outer, Below(path, name));
                }
                else if (!JsonNode.DeepEquals(old, value))
                {
                    operations.Add(Operation("replace", Below(path, name), value));
                }
            }
        }
    }

    /// <summary>Every value below a node and the pointer to it.</summary>
    private static IEnumerable<(string Pointer, JsonNode? Value)> Values(JsonNode? node, string path)
    {
        IEnumerable<(string Pointer, JsonNode? Value)> children = node switch
        {
            JsonObject parent => parent.Select(m => (Below(path, m.Key), m.Value)),
            JsonArray parent => parent.Select((item, i) => ($"{path}/{i}", item)),
            _ => [],
        };
        return children.SelectMany(c => Values(c.Value, c.Pointer).Prepend(c));
    }

    private static string Below(string path, string name) =>
        $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    private static JsonObject Operation(string op, string path, JsonNode? value, string? from = null) => from is null
        ? new JsonObject { ["op"] = op, ["path"] = path, ["value"] = value?.DeepClone() }
        : new JsonObject { ["op"] = op, ["path"] = path, ["from"] = from };

    private static JsonNode? Apply(string document, params ReadOnlySpan<JsonObject> operations) =>
        JsonPatch.Parse(new JsonArray([.. operations.ToArray()])).Apply(Parse(document));

    private static JsonObject Parse(string text) => (JsonObject)JsonNode.Parse(text)!;

    private static void Same(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nbut got  {actual?.ToJsonString()}");
}
