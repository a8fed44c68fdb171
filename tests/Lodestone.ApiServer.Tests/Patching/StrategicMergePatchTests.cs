using System.Text.Json.Nodes;
using CsCheck;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Patching;

namespace Lodestone.ApiServer.Tests.Patching;

public sealed class StrategicMergePatchTests
{
    private static readonly Schema ServiceAccount = ResourceDefinitions.ServiceAccount.Schema;

    // Members.
    [Theory]
    [InlineData("""{"data":{"a":"1","b":"2"}}""", """{"data":{"b":"3","c":"4"}}""", """{"data":{"a":"1","b":"3","c":"4"}}""")]
    [InlineData("""{"data":{"a":"1","b":"2"}}""", """{"data":{"b":null}}""", """{"data":{"a":"1"}}""")]
    [InlineData("""{"data":{"a":"1"}}""", """{"data":null}""", """{}""")]
    [InlineData("""{"x":1}""", """{"data":{"a":"1","b":null}}""", """{"x":1,"data":{"a":"1"}}""")]
    [InlineData("""{"data":"text"}""", """{"data":{"a":"1"}}""", """{"data":{"a":"1"}}""")]
    [InlineData("""{"data":{"a":"1"}}""", """{"data":"text"}""", """{"data":"text"}""")]
    // $patch in an object.
    [InlineData("""{"data":{"a":"1"}}""", """{"data":{"$patch":"replace","b":"2"}}""", """{"data":{"b":"2"}}""")]
    [InlineData("""{"data":{"a":"1"}}""", """{"data":{"$patch":"delete"}}""", """{"data":{}}""")]
    [InlineData("""{"data":{"a":"1"}}""", """{"$patch":"replace","data":{"$patch":"replace","b":null,"c":"3"}}""", """{"data":{"c":"3"}}""")]
    // $retainKeys.
    [InlineData("""{"data":{"a":"1","b":"2"}}""", """{"data":{"$retainKeys":["b","c"],"c":"3"}}""", """{"data":{"b":"2","c":"3"}}""")]
    [InlineData("""{"data":{"a":"1"}}""", """{"data":{"$retainKeys":[],"a":null}}""", """{"data":{}}""")]
    // Lists that are replaced as a whole.
    [InlineData("""{"imagePullSecrets":[{"name":"a"}]}""", """{"imagePullSecrets":[{"name":"b"}]}""", """{"imagePullSecrets":[{"name":"b"}]}""")]
    [InlineData("""{"unknown":[1,2]}""", """{"unknown":[3]}""", """{"unknown":[3]}""")]
    public void Apply_Objects_Merge(string target, string patch, string expected) => Same(expected, Apply(target, patch));

    // Lists that merge by a key: ServiceAccount.secrets by name, ownerReferences by uid.
    [Theory]
    [InlineData("""[{"name":"a","kind":"x"}]""", """[{"name":"a","uid":"u"}]""", """[{"name":"a","kind":"x","uid":"u"}]""")]
    [InlineData("""[{"name":"a"}]""", """[{"name":"b"}]""", """[{"name":"b"},{"name":"a"}]""")]
    [InlineData("""[{"name":"a"},{"name":"b"},{"name":"c"}]""", """[{"name":"c","uid":"u"},{"name":"d"}]""", """[{"name":"a"},{"name":"b"},{"name":"c","uid":"u"},{"name":"d"}]""")]
    [InlineData("""[{"name":"a","kind":"x"},{"name":"b"}]""", """[{"name":"a","kind":null}]""", """[{"name":"a"},{"name":"b"}]""")]
    [InlineData("""[{"name":"a"},{"name":"b"}]""", """[{"$patch":"delete","name":"a"}]""", """[{"name":"b"}]""")]
    [InlineData("""[{"name":"a"},{"name":"b"}]""", """[{"$patch":"delete","name":"z"}]""", """[{"name":"a"},{"name":"b"}]""")]
    [InlineData("""[{"name":"a"},{"name":"b"}]""", """[{"name":"c"},{"$patch":"replace"}]""", """[{"name":"c"}]""")]
    [InlineData("""[{"name":"a","kind":"x"}]""", """[{"$retainKeys":["name"],"name":"a"}]""", """[{"name":"a"}]""")]
    [InlineData("""[{"name":"a"},{"name":"a","kind":"x"}]""", """[{"$patch":"delete","name":"a"}]""", """[]""")]
    [InlineData("[]", """[{"name":"a"},{"$patch":"delete","name":"b"}]""", """[{"name":"a"}]""")]
    public void Apply_KeyedLists_MergeByTheirKey(string list, string patch, string expected)
    {
        Same($$"""{"secrets":{{expected}}}""", Apply($$"""{"secrets":{{list}}}""", $$"""{"secrets":{{patch}}}"""));
        static string ByUid(string json) => json.Replace("\"uid\"", "\"kind2\"", StringComparison.Ordinal).Replace("\"name\"", "\"uid\"", StringComparison.Ordinal);
        Same(
            $$$"""{"metadata":{"ownerReferences":{{{ByUid(expected)}}}}}""",
            Apply($$$"""{"metadata":{"ownerReferences":{{{ByUid(list)}}}}}""", $$$"""{"metadata":{"ownerReferences":{{{ByUid(patch)}}}}}"""));
    }

    // Lists that merge by value: finalizers.
    [Theory]
    [InlineData("""["a","b"]""", """{"finalizers":["b","c"]}""", """["a","b","c"]""")]
    [InlineData("""["a","b","a"]""", """{"finalizers":["b"]}""", """["a","b"]""")]
    [InlineData("""["a","b","c"]""", """{"$deleteFromPrimitiveList/finalizers":["b","z"]}""", """["a","c"]""")]
    [InlineData("""["a","b"]""", """{"finalizers":["c"],"$deleteFromPrimitiveList/finalizers":["a"]}""", """["c","b"]""")]
    [InlineData("""["a","b","c"]""", """{"$setElementOrder/finalizers":["c","a","b"]}""", """["c","a","b"]""")]
    [InlineData("""["a","s","b"]""", """{"$setElementOrder/finalizers":["n","b","a"],"finalizers":["n"]}""", """["n","s","b","a"]""")]
    [InlineData("""["a","s","b"]""", """{"$setElementOrder/finalizers":["a","b"],"$deleteFromPrimitiveList/finalizers":["x"]}""", """["a","s","b"]""")]
    public void Apply_Sets_MergeByValue(string list, string patch, string expected) =>
        Same($$$"""{"metadata":{"finalizers":{{{expected}}}}}""", Apply($$$"""{"metadata":{"finalizers":{{{list}}}}}""", $$"""{"metadata":{{patch}}}"""));

    [Theory]
    [InlineData("""["a","b","c"]""", """["c","b"]""", "[]", """["a","c","b"]""")]
    [InlineData("""["a","b","c"]""", """["b","a"]""", """["a"]""", """["b","a","c"]""")]
    [InlineData("""["a","s","b"]""", """["a","n","b"]""", """["n"]""", """["a","n","s","b"]""")]
    [InlineData("[]", """["b","a"]""", """["b","a"]""", """["b","a"]""")]
    public void Apply_OrderedKeyedLists_StandAsSaid(string list, string order, string patch, string expected)
    {
        static string Items(string names) => $"[{string.Join(',', ((JsonArray)JsonNode.Parse(names)!).Select(n => $$"""{"name":{{n!.ToJsonString()}}}"""))}]";

        Same(
            $$"""{"secrets":{{Items(expected)}}}""",
            Apply($$"""{"secrets":{{Items(list)}}}""", $$"""{"$setElementOrder/secrets":{{Items(order)}},"secrets":{{Items(patch)}}}"""));
    }

    [Theory]
    [InlineData("""{"data":{"$patch":"merge"}}""", "unknown patch type: merge in map")]
    [InlineData("""{"data":{"$patch":1}}""", "unknown patch type: 1 in map")]
    [InlineData("""{"secrets":[{"$patch":"merge","name":"a"}]}""", "merging lists cannot yet be specified in the patch")]
    [InlineData("""{"secrets":[{"$patch":"drop","name":"a"}]}""", "unknown patch type: drop in map")]
    [InlineData("""{"secrets":[{"kind":"a"}]}""", "does not contain declared merge key: name")]
    [InlineData("""{"secrets":[{"$patch":"delete"}]}""", "does not contain declared merge key: name")]
    [InlineData("""{"secrets":["a"]}""", "an item of a list that merges by name is no object")]
    [InlineData("""{"data":{"$retainKeys":["a"],"b":"1"}}""", "invalid patch format of retainKeys")]
    [InlineData("""{"data":{"$retainKeys":"a"}}""", "invalid patch format of retainKeys")]
    [InlineData("""{"metadata":{"$deleteFromPrimitiveList/finalizers":"a"}}""", "invalid patch format of primitive list")]
    [InlineData("""{"metadata":{"$setElementOrder/finalizers":{}}}""", "invalid patch format of setElementOrder list")]
    [InlineData("""{"metadata":{"$setElementOrder/finalizers":["a"],"finalizers":null}}""", "finalizers is ordered by the patch but is no list in it")]
    [InlineData("""{"metadata":{"$setElementOrder/":[]}}""", "invalid patch format of setElementOrder list")]
    [InlineData("""{"metadata":{"$setElementOrder/finalizers":["a","b"],"finalizers":["b","a"]}}""", "doesn't match $setElementOrder/finalizers")]
    [InlineData("""{"secrets":[{"name":"a"}],"$setElementOrder/secrets":[{"kind":"a"}]}""", "does not contain declared merge key: name")]
    public void Apply_PatchThatBreaksItsRules_IsBadRequest(string patch, string message)
    {
        ApiException refused = Assert.Throws<ApiException>(() => Apply("""{"data":{"a":"1"},"secrets":[{"name":"a"}],"metadata":{"finalizers":["a"]}}""", patch));

        Assert.Equal(400, refused.Code);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ListOfLists_Fails() =>
        Assert.Throws<JsonPatchException>(() => Apply("{}", """{"metadata":{"finalizers":[["a"]]}}"""));

    // What a client works out as the difference of two objects makes the one of the other, and does no more when applied again.
    [Fact]
    public void Apply_Difference_GivesTheOtherObject() =>
        Gen.Select(Accounts, Accounts).Sample((before, after) =>
        {
            JsonObject patch = StrategicDifference.Of((JsonObject)JsonNode.Parse(before)!, (JsonObject)JsonNode.Parse(after)!, ServiceAccount);
            string written = patch.ToJsonString();

            JsonObject once = StrategicMergePatch.Apply((JsonObject)JsonNode.Parse(before)!, patch, ServiceAccount);
            string result = once.ToJsonString();
            JsonObject twice = StrategicMergePatch.Apply(once, patch, ServiceAccount);

            Same(after, JsonNode.Parse(result));
            Same(result, twice);
            Assert.Equal(written, patch.ToJsonString());
        }, iter: 2000);

    // A patch of any shape is applied or refused, and changes nothing of itself.
    [Fact]
    public void Apply_AnyPatch_IsAppliedOrRefused() =>
        Gen.Select(Accounts, Patches).Sample((account, patch) =>
        {
            var parsed = (JsonObject)JsonNode.Parse(patch)!;
            try
            {
                JsonObject result = StrategicMergePatch.Apply((JsonObject)JsonNode.Parse(account)!, parsed, ServiceAccount);
                Assert.NotNull(JsonNode.Parse(result.ToJsonString()));
            }
            catch (ApiException refused)
            {
                Assert.Equal(400, refused.Code);
            }
            catch (JsonPatchException)
            {
                // 422
            }

            Same(patch, parsed);
        }, iter: 2000);

    private static Gen<string> Names { get; } = Gen.OneOf("a", "b", "c", "d", "e");

    private static Gen<string> Accounts { get; } = Gen.Select(Names.Array[0, 5], Names.Array[0, 5], Names.Array[0, 3], Gen.Dictionary(Names, Names)[0, 3])
        .Select((finalizers, secrets, pulls, labels) =>
        {
            static string List(IEnumerable<string> items) => $"[{string.Join(',', items)}]";
            string metadata = $$"""
                "labels":{{{string.Join(',', labels.Select(l => $"\"{l.Key}\":\"{l.Value}\""))}}},"finalizers":{{List(finalizers.Distinct().Select(f => $"\"{f}\""))}}
                """;
            string owned = List(secrets.DistinctBy(s => s).Select((s, i) => i % 2 == 0 ? $$"""{"name":"{{s}}"}""" : $$"""{"name":"{{s}}","kind":"{{secrets[^1]}}"}"""));
            return $$"""{"metadata":{ {{metadata}} },"secrets":{{owned}},"imagePullSecrets":{{List(pulls.Select(p => $$"""{"name":"{{p}}"}"""))}}}""";
        });

    private static Gen<string> Patches { get; } = Gen.Recursive<string>((depth, self) =>
    {
        Gen<string> leaf = Gen.OneOf("null", "1", "\"a\"", "\"replace\"", "\"delete\"", "[]", "{}", "[\"a\",\"b\"]", "[[1]]", """[{"name":"a"},{"name":"b","$patch":"delete"}]""");
        Gen<string> key = Gen.OneOf("metadata", "secrets", "finalizers", "labels", "imagePullSecrets", "a", "name", "$patch", "$retainKeys", "$setElementOrder/secrets", "$setElementOrder/finalizers", "$deleteFromPrimitiveList/finalizers", "$deleteFromPrimitiveList/secrets");
        Gen<string> value = depth < 3 ? Gen.Frequency((2, leaf), (3, self), (1, self.Array[0, 3].Select(a => $"[{string.Join(',', a)}]"))) : leaf;
        return Gen.Select(key, value).Array[0, 4].Select(members => $"{{{string.Join(',', members.DistinctBy(m => m.Item1).Select(m => $"\"{m.Item1}\":{m.Item2}"))}}}");
    });

    private static JsonObject Apply(string target, string patch) =>
        StrategicMergePatch.Apply((JsonObject)JsonNode.Parse(target)!, (JsonObject)JsonNode.Parse(patch)!, ServiceAccount);

    private static void Same(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nbut got  {actual?.ToJsonString()}");
}
