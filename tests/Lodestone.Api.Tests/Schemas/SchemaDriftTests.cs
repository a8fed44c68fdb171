using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lodestone.Api.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Xunit;

namespace Lodestone.Api.Tests.Schemas;

/// <summary>The schema of a kind and its C# type are written separately; here they are compared member by member.</summary>
public class SchemaDriftTests
{
    public static TheoryData<string> Kinds => [.. ResourceDefinitions.All.Select(d => d.QualifiedName)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Schema_OfKind_HasTheMembersOfItsType(string name)
    {
        ResourceDefinition definition = ResourceDefinitions.All.Single(d => d.QualifiedName == name);
        var differences = new List<string>();

        Compare(definition.Kind, definition.Schema, definition.TypeInfo.Type, differences);

        Assert.Empty(differences);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Schema_OfKind_DescribesEveryMember(string name)
    {
        var undescribed = new List<string>();

        Visit(ResourceDefinitions.All.Single(d => d.QualifiedName == name).Schema, name, (path, schema, description) =>
        {
            if (description.Length == 0 || !description.EndsWith('.') || (schema.Name is not null && schema.Description.Length == 0))
            {
                undescribed.Add(path);
            }
        });

        Assert.Empty(undescribed);
    }

    [Fact]
    public void Schema_NamedComponents_AreOneObjectPerName()
    {
        var byName = new Dictionary<string, Schema>();

        foreach (ResourceDefinition definition in ResourceDefinitions.All)
        {
            Visit(definition.Schema, definition.Kind, (_, schema, _) =>
            {
                if (schema.Name is { } name)
                {
                    Assert.Same(byName.TryGetValue(name, out Schema? known) ? known : byName[name] = schema, schema);
                }
            });
        }

        Assert.NotEmpty(byName);
    }

    private static void Compare(string path, Schema schema, Type type, List<string> differences)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        SchemaType expected = type switch
        {
            _ when type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(byte[]) => SchemaType.String,
            _ when type == typeof(int) || type == typeof(long) => SchemaType.Integer,
            _ when type == typeof(bool) => SchemaType.Boolean,
            _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) => SchemaType.Array,
            _ when IsAnyJson(type) => schema.Type,
            _ => SchemaType.Object,
        };
        string? format = type == typeof(int) ? "int32" : type == typeof(long) ? "int64" : type == typeof(DateTimeOffset) ? "date-time" : type == typeof(byte[]) ? "byte" : null;
        if (schema.Type != expected || (format is not null && schema.Format != format))
        {
            differences.Add($"{path}: {schema.Type} {schema.Format} in the schema, {type.Name} in C#");
        }
        else if (expected == SchemaType.Array && !IsAnyJson(type))
        {
            Compare(path + "[]", schema.Items!, type.GetGenericArguments()[0], differences);
        }
        else if (schema.AdditionalProperties is { } values)
        {
            Compare(path + "{}", values, type.GetGenericArguments()[1], differences);
        }
        else if (expected == SchemaType.Object && !IsAnyJson(type))
        {
            CompareMembers(path, schema, type, differences);
        }
    }

    private static bool IsAnyJson(Type type) => type == typeof(JsonElement) || type == typeof(RawJson);

    private static void CompareMembers(string path, Schema schema, Type type, List<string> differences)
    {
        JsonTypeInfo info = ApiJsonContext.Default.GetTypeInfo(type) ?? throw new InvalidOperationException($"{type} is not serialized");
        var members = info.Properties.Where(p => p.Get is not null).ToDictionary(p => p.Name, p => p.PropertyType);
        differences.AddRange(members.Keys.Except(schema.Properties.Select(p => p.Name)).Select(m => $"{path}.{m}: only in C#"));
        foreach (SchemaProperty property in schema.Properties)
        {
            if (members.TryGetValue(property.Name, out Type? member))
            {
                Compare($"{path}.{property.Name}", property.Schema, member, differences);
            }
            else
            {
                differences.Add($"{path}.{property.Name}: only in the schema");
            }
        }
    }

    private static void Visit(Schema schema, string path, Action<string, Schema, string> visit, string description = ".")
    {
        visit(path, schema, description);
        foreach (SchemaProperty property in schema.Properties)
        {
            Visit(property.Schema, $"{path}.{property.Name}", visit, property.Description);
        }

        if (schema.Items is { } items)
        {
            Visit(items, path + "[]", visit);
        }
    }
}
