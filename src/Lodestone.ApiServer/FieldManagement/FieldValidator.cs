using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Checks that an applied value can be merged: its types and names are the schema's, and the items of its associative lists can be told apart.</summary>
internal static class FieldValidator
{
    private const int MaxProblems = 64;

    /// <summary>Every problem, as structured-merge-diff words it: <c>.spec.foo: field not declared in schema</c>.</summary>
    public static IReadOnlyList<string> Validate(Value value, Schema schema)
    {
        var problems = new List<string>();
        Check(value, schema, "", problems);
        return problems;
    }

    private static void Check(Value value, Schema schema, string path, List<string> problems)
    {
        if (value.IsNull || problems.Count >= MaxProblems)
        {
            return;
        }

        switch (schema.Type)
        {
            case SchemaType.Any:
                break;
            case SchemaType.Object:
                CheckMap(value, schema, path, problems);
                break;
            case SchemaType.Array:
                CheckList(value, schema, path, problems);
                break;
            default:
                CheckScalar(value, schema, path, problems);
                break;
        }
    }

    private static void CheckMap(Value value, Schema schema, string path, List<string> problems)
    {
        if (value.Map is not { } map)
        {
            problems.Add($"{path}: expected map, got {Describe(value)}");
            return;
        }

        foreach ((string name, Value member) in map.Members)
        {
            string child = $"{path}.{name}";
            if (SchemaShape.Member(schema, name) is { } known)
            {
                Check(member, known, child, problems);
            }
            else
            {
                problems.Add($"{child}: field not declared in schema");
            }
        }
    }

    private static void CheckList(Value value, Schema schema, string path, List<string> problems)
    {
        if (value.List is not { } list)
        {
            problems.Add($"{path}: expected list, got {Describe(value)}");
            return;
        }

        bool isAssociative = SchemaShape.Of(schema, value) == FieldShape.AssociativeList;
        var seen = new HashSet<PathElement>();
        for (int i = 0; i < list.Length; i++)
        {
            PathElement element = PathElement.Index(i);
            if (isAssociative)
            {
                if (ListKeys.Of(schema, list[i], out string problem) is not { } key)
                {
                    problems.Add($"{path}: element {i}: {problem}");
                    return;
                }

                element = key;
                if (!seen.Add(key))
                {
                    problems.Add($"{path}: duplicate entries for key {key}");
                }
            }

            Check(list[i], schema.Items ?? SchemaShape.Untyped, path + element, problems);
        }
    }

    private static void CheckScalar(Value value, Schema schema, string path, List<string> problems)
    {
        (bool isRight, string expected) = schema.Type switch
        {
            SchemaType.String => (value.Kind == ValueKind.Text, "string"),
            SchemaType.Integer => (value.Kind is ValueKind.Integer or ValueKind.Float, "numeric (int or float)"),
            SchemaType.Boolean => (value.Kind == ValueKind.Boolean, "boolean"),
            _ => (value.Kind is not (ValueKind.List or ValueKind.Map), "any scalar"),
        };
        if (!isRight)
        {
            problems.Add($"{path}: expected {expected}, got {Describe(value)}");
        }
    }

    private static string Describe(Value value) => value.Kind switch
    {
        ValueKind.Map => "a map",
        ValueKind.List => "a list",
        _ => value.ToString(),
    };
}
