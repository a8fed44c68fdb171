using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.CustomResources;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.Api.Validation;
using Xunit;

namespace Lodestone.Api.Tests.CustomResources;

/// <summary>
/// The rules of definitions, run by an engine for CEL on the objects of <c>rule-cases.json</c>: <c>errors</c> is what a cluster says, <c>about</c>
/// what our own server says where that is not the same.
/// </summary>
public sealed class CustomResourceRuleTests
{
    private static readonly JsonArray All = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "CustomResources", "rule-cases.json")))!.AsArray();

    public static TheoryData<string> Cases => [.. All.Select(c => (string)c!["name"]!)];

    public static TheoryData<string> Files => SampleTests.Files;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rules_OfTheDefinition_SayWhatIsExpected(string name)
    {
        JsonNode test = Case(name);

        Assert.Equal(Texts(test["errors"]), new CelSchemaValidator().Validate(SchemaOf((string)test["kind"]!), test["object"]!, test["old"]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Strategy_OfTheSameKind_SaysTheSame(string name)
    {
        JsonNode test = Case(name);
        ResourceDefinition definition = Definition((string)test["kind"]!);
        string[] ours = [.. Judge(definition, test).Select(e => $"{e.Field}: {(e.Detail.Length > 0 ? e.Detail : e.Type == FieldErrorType.Duplicate ? "Duplicate value" : "")}")];

        string[] expected = Texts(test["about"] ?? test["errors"]);
        Assert.True(expected.Length > 0 || ours.Length == 0, $"our server refuses it: {string.Join("; ", ours)}");
        foreach (string error in expected)
        {
            // A rule can't name the item of a list, and a message can't tell what changed.
            string[] parts = error.Split(": ", 2);
            Assert.Contains(ours, o => o.StartsWith(parts[0], StringComparison.Ordinal) && o.Contains($": {parts[1]}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Rules_EachOfThem_IsBrokenByACase()
    {
        var validator = new CelSchemaValidator();
        foreach (JsonNode? test in All)
        {
            validator.Validate(SchemaOf((string)test!["kind"]!), test["object"]!, test["old"]);
        }

        IEnumerable<string> rules = CustomResourceWriter.Kinds.SelectMany(d => RulesIn(SchemaOf(d.Kind))).Distinct();
        Assert.Equal([], rules.Except(validator.Violated));
    }

    [Fact]
    public void Constraints_AllOfThem_AreSomewhere()
    {
        string whole = string.Concat(CustomResourceWriter.Kinds.Select(d => SchemaOf(d.Kind).ToJsonString()));
        var schemas = new Dictionary<string, Schema>();
        foreach (ResourceDefinition definition in CustomResourceWriter.Kinds)
        {
            Collect(definition.Schema, schemas);
        }

        Assert.All(Constraints.Places, place =>
        {
            string[] parts = place.Split('.');
            Assert.True(schemas.TryGetValue(parts[0], out Schema? schema), $"there is no component {parts[0]}");
            bool isItem = place.EndsWith("[]", StringComparison.Ordinal);
            SchemaProperty? member = parts.Length == 1 ? null : schema.Find(isItem ? parts[1][..^2] : parts[1]);
            Assert.True(parts.Length == 1 || (member is not null && (!isItem || member.Schema.Items is not null)), $"there is no {place}");
        });
        Assert.Contains("x-kubernetes-validations", whole, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Sample_ByTheRules_IsValid(string file)
    {
        foreach (string json in Document.ToJson(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "samples", file))))
        {
            JsonNode item = JsonNode.Parse(json)!;
            Assert.Empty(new CelSchemaValidator().Validate(SchemaOf((string)item["kind"]!), item, null));
        }
    }

    [Theory]
    [InlineData(20, false, false, false)]
    [InlineData(25, true, false, false)]
    [InlineData(28, true, true, false)]
    [InlineData(31, true, true, true)]
    public void Write_ForAnOlderServer_SaysNothingThatItDoesntKnow(int minor, bool rules, bool fields, bool addresses)
    {
        string all = string.Concat(CustomResourceWriter.Kinds.Select(d => Write(d, new CustomResourceOptions { Minor = minor }).ToJsonString()));

        Assert.Equal(rules, all.Contains("x-kubernetes-validations", StringComparison.Ordinal));
        Assert.Equal(fields, all.Contains("fieldPath", StringComparison.Ordinal));
        Assert.Equal(addresses, all.Contains("isIP(", StringComparison.Ordinal) || all.Contains("isCIDR(", StringComparison.Ordinal));
        Assert.Equal(addresses, all.Contains("selectableFields", StringComparison.Ordinal));
        Assert.Equal(minor < 31, new CustomResourceOptions { Minor = minor }.Notes().Any());
    }

    private static JsonNode Case(string name) => All.Single(c => (string)c!["name"]! == name)!;

    private static string[] Texts(JsonNode? list) => [.. (list?.AsArray() ?? []).Select(e => (string)e!).Order(StringComparer.Ordinal)];

    private static ResourceDefinition Definition(string kind) => CustomResourceWriter.Kinds.Single(d => d.Kind == kind);

    private static JsonNode SchemaOf(string kind) =>
        Write(Definition(kind), new CustomResourceOptions { Minor = 31 })["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!;

    private static JsonNode Write(ResourceDefinition definition, CustomResourceOptions options)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            CustomResourceWriter.Write(writer, definition, options);
        }

        return JsonNode.Parse(json.ToArray())!;
    }

    private static IEnumerable<string> RulesIn(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => p.Key == "x-kubernetes-validations" ? p.Value!.AsArray().Select(r => (string)r!["rule"]!) : RulesIn(p.Value)),
        JsonArray list => list.SelectMany(RulesIn),
        _ => [],
    };

    private static void Collect(Schema schema, Dictionary<string, Schema> schemas)
    {
        if (Constraints.NameOf(schema) is { } name)
        {
            schemas[name] = schema;
        }

        foreach (Schema child in schema.Properties.Select(p => p.Schema).Concat(new[] { schema.Items, schema.AdditionalProperties }.OfType<Schema>()))
        {
            Collect(child, schemas);
        }
    }

    /// <summary>What our server says of what is ours in the object.</summary>
    private static IEnumerable<FieldError> Judge(ResourceDefinition definition, JsonNode test)
    {
        KubernetesObject item = Read(definition, test["object"]!);
        FieldErrorList errors;
        if (test["old"] is { } before)
        {
            KubernetesObject old = Read(definition, before);
            errors = (bool?)test["status"] == true ? definition.Strategy.ValidateStatusUpdate(item, old) : definition.Strategy.ValidateUpdate(item, old);
        }
        else
        {
            errors = definition.Strategy.Validate(item);
        }

        return errors.Where(e => !e.Field.StartsWith("metadata.", StringComparison.Ordinal) || e.Field == "metadata.name");
    }

    private static KubernetesObject Read(ResourceDefinition definition, JsonNode node)
    {
        JsonNode copy = node.DeepClone();
        copy["metadata"]!["resourceVersion"] = "1";
        if (definition.IsNamespaced && copy["metadata"]!["namespace"] is null)
        {
            copy["metadata"]!["namespace"] = "default";
        }

        var item = (KubernetesObject)copy.Deserialize(definition.TypeInfo)!;
        definition.Strategy.Default(item);
        return item;
    }
}
