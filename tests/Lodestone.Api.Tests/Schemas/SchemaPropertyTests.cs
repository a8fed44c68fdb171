using System.Globalization;
using System.Text.Json;
using CsCheck;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Xunit;

namespace Lodestone.Api.Tests.Schemas;

/// <summary>What holds for every document of a kind's shape, whatever its values.</summary>
public class SchemaPropertyTests
{
    private const int Iterations = 1000;

    private static readonly Gen<string> Words = Gen.OneOf(
        "", "a", "net", "x/y", "A B", "IPv4", "IPv6", "TCP", "UDP", "FOO", "Public", "Internal", "10.0.0.1", "10.0.0.0/8", "fd00::1", "::ffff:1.2.3.4", "10.0.0.1-10.0.0.9", "-", ".", "In", "Exists", "\u00e4\"\\\n");

    private static readonly Gen<ResourceDefinition> Kinds = Gen.OneOf(ResourceDefinitions.All.ToArray());

    [Fact]
    public void Document_OfTheShape_SurvivesTheRoundTrip() =>
        Documents(wrong: false).Sample((definition, json) =>
        {
            (SchemaFindings findings, string pruned) = Document.Read(json, definition.Schema);
            Assert.Empty(findings.TypeErrors);
            Assert.Empty(findings.StrictProblems);
            Assert.True(Document.JsonEquals(json, pruned));

            var resource = (KubernetesObject)JsonSerializer.Deserialize(pruned, definition.TypeInfo)!;
            AssertContains(definition.Kind, json, Document.Serialize(resource, definition));
        }, iter: Iterations);

    [Fact]
    public void Default_Twice_IsDefaultOnce() =>
        Documents(wrong: false).Sample((definition, json) =>
        {
            var resource = (KubernetesObject)JsonSerializer.Deserialize(json, definition.TypeInfo)!;
            definition.Strategy.Default(resource);
            string once = Document.Serialize(resource, definition);

            definition.Strategy.Default(resource);

            Assert.Equal(once, Document.Serialize(resource, definition));
        }, iter: Iterations);

    // Whatever the reader lets through can be deserialized, defaulted, prepared, validated and printed.
    [Fact]
    public void Rules_AnyDocument_NeverThrow() =>
        Documents(wrong: true).Sample((definition, json) =>
        {
            (SchemaFindings findings, string pruned) = Document.Read(json, definition.Schema);
            if (findings.TypeErrors.Count > 0)
            {
                Assert.All(findings.TypeErrors, e => Assert.Equal("FieldValueTypeInvalid", e.ToCause().Reason));
                return;
            }

            var resource = (KubernetesObject)JsonSerializer.Deserialize(pruned, definition.TypeInfo)!;
            var old = (KubernetesObject)JsonSerializer.Deserialize(pruned, definition.TypeInfo)!;
            ResourceStrategy strategy = definition.Strategy;
            strategy.Default(resource);
            strategy.PrepareForCreate(resource, []);
            strategy.PrepareForUpdate(resource, old, []);
            strategy.PrepareForStatusUpdate(resource, old);
            Assert.All(strategy.Validate(resource), e => Assert.NotEmpty(e.ToString()));
            Assert.All(strategy.ValidateUpdate(resource, old), e => Assert.NotEmpty(e.ToString()));
            Assert.All(strategy.ValidateStatusUpdate(resource, old), e => Assert.NotEmpty(e.ToString()));
            Assert.All(definition.Columns, c => Assert.True(c.Cell(resource, DateTimeOffset.UnixEpoch) is null or string or long or int));
        }, iter: Iterations);

    private static Gen<(ResourceDefinition Definition, string Json)> Documents(bool wrong) =>
        Kinds.SelectMany(definition => Value(definition.Schema, wrong).Select(json => (definition, json)));

    // A value of the schema's shape; with wrong, sometimes one of another type, a null, or an unknown member.
    private static Gen<string> Value(Schema schema, bool wrong)
    {
        Gen<string> right = schema switch
        {
            { Type: SchemaType.Object, AdditionalProperties: { } values } => Words.Array[0, 3].Select(keys => Map(keys.Distinct(), values)),
            { Type: SchemaType.Object, PreserveUnknownFields: true } => Gen.OneOf("{}", """{"f:spec":{".":[1,null]}}"""),
            { Type: SchemaType.Object } => Members(schema, wrong),
            { Type: SchemaType.Array } => Value(schema.Items!, wrong).Array[0, 3].Select(items => $"[{string.Join(',', items)}]"),
            { Type: SchemaType.Integer } => Gen.OneOf(Gen.Int, Gen.Int[-1, 70000]).Select(n => n.ToString(CultureInfo.InvariantCulture)),
            { Type: SchemaType.Boolean } => Gen.OneOf("true", "false"),
            { Format: "byte" } => Gen.OneOf("\"dg==\"", "\"\""),
            { Format: "date-time" } => Gen.OneOf("\"2026-01-01T00:00:00Z\""),
            _ => Words.Select(w => JsonSerializer.Serialize(w)),
        };
        return wrong
            ? Gen.Frequency<string>((60, right), (1, Gen.OneOf("null", "1.5", "true", "\"x\"", "[]", "{}", "\"2026\"", "99999999999999999999")))
            : right;
    }

    private static Gen<string> Members(Schema schema, bool wrong) =>
        Gen.Bool.Array[schema.Properties.Count].SelectMany(chosen =>
        {
            Gen<string> members = Gen.Const("");
            foreach (SchemaProperty property in schema.Properties.Where((_, i) => chosen[i]))
            {
                members = Gen.Select(members, Value(property.Schema, wrong)).Select((all, value) => $"{all},\"{property.Name}\":{value}");
            }

            return (wrong ? Gen.Select(members, Gen.Frequency<string>((20, Gen.Const("")), (1, Gen.Const(",\"x\":[{}]")))).Select((m, x) => m + x) : members)
                .Select(all => $"{{{all.TrimStart(',')}}}");
        });

    private static string Map(IEnumerable<string> keys, Schema values)
    {
        string value = values.Type == SchemaType.Array ? "[\"v\"]" : values.Format == "byte" ? "\"dg==\"" : "\"v\"";
        return $"{{{string.Join(',', keys.Select(k => $"{JsonSerializer.Serialize(k)}:{value}"))}}}";
    }

    // C# writes members that can't be absent even where they were; apart from those nothing may be lost or changed.
    private static void AssertContains(string kind, string expected, string actual)
    {
        using var left = JsonDocument.Parse(expected);
        using var right = JsonDocument.Parse(actual);
        AssertContains(kind, left.RootElement, right.RootElement);
    }

    private static void AssertContains(string path, JsonElement expected, JsonElement actual)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in expected.EnumerateObject())
                {
                    Assert.True(actual.TryGetProperty(property.Name, out JsonElement value), $"{path}.{property.Name} is lost");
                    AssertContains($"{path}.{property.Name}", property.Value, value);
                }

                break;
            case JsonValueKind.Array:
                Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
                for (int i = 0; i < expected.GetArrayLength(); i++)
                {
                    AssertContains($"{path}[{i}]", expected[i], actual[i]);
                }

                break;
            case JsonValueKind.String when DateTimeOffset.TryParse(expected.GetString(), CultureInfo.InvariantCulture, out DateTimeOffset time):
                Assert.Equal(time, actual.GetDateTimeOffset());
                break;
            default:
                Assert.True(JsonElement.DeepEquals(expected, actual), $"{path}: {expected} became {actual}");
                break;
        }
    }
}
