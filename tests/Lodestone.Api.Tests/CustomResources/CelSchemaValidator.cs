using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cel;

namespace Lodestone.Api.Tests.CustomResources;

/// <summary>Judges objects by the schema of a CustomResourceDefinition as kube-apiserver does: bounds, patterns, and rules by an engine for CEL.</summary>
internal sealed class CelSchemaValidator
{
    private readonly CelEnvironment _cel = new(null, null);
    private readonly List<string> _problems = [];

    internal CelSchemaValidator()
    {
        _cel.RegisterFunction("isIP", [typeof(string)], a => IsAddress((string)a[0]!));
        _cel.RegisterFunction("isCIDR", [typeof(string)], a => LengthOf((string)a[0]!) is not null);
        _cel.RegisterFunction("cidr", [typeof(string)], a => a[0]);
        _cel.RegisterFunction("prefixLength", [typeof(string)], a => (long)LengthOf((string)a[0]!)!);
    }

    /// <summary>Rules that were false, over all objects judged.</summary>
    internal HashSet<string> Violated { get; } = [];

    /// <summary>What is wrong, as <c>path: message</c>; for a bound, its keyword is the message.</summary>
    internal IReadOnlyList<string> Validate(JsonNode schema, JsonNode value, JsonNode? old)
    {
        _problems.Clear();
        Check(schema, value, old, "");
        return [.. _problems.Distinct().Order(StringComparer.Ordinal)];
    }

    private static bool IsAddress(string text) => IPAddress.TryParse(text, out _) && (text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3);

    private static int? LengthOf(string text) => text.Split('/') is [var address, var length] && IsAddress(address) && int.TryParse(length, out int bits) ? bits : null;

    /// <summary>A value as the engine takes it; members whose names are CEL's own words have Kubernetes' spelling.</summary>
    private static object? ToCel(JsonNode? node) => node switch
    {
        // The engine takes an empty map for absent, which in JSON it is not.
        JsonObject { Count: 0 } => new Dictionary<string, object?> { [""] = "" },
        JsonObject map => map.ToDictionary(p => p.Key == "namespace" ? "__namespace__" : p.Key, p => ToCel(p.Value)),
        JsonArray list => list.Select(ToCel).ToArray(),
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        JsonValue value => value.GetValue<long>(),
        _ => null,
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private void Check(JsonNode schema, JsonNode value, JsonNode? old, string path)
    {
        foreach (JsonNode? required in schema["required"]?.AsArray() ?? [])
        {
            Expect(value[(string)required!] is not null, Join(path, (string)required!), "required");
        }

        CheckBounds(schema, value, path);
        foreach (JsonNode? rule in schema["x-kubernetes-validations"]?.AsArray() ?? [])
        {
            CheckRule(rule!, value, old, path);
        }

        foreach ((string name, JsonNode? member) in schema["properties"]?.AsObject() ?? [])
        {
            if (value[name] is { } child)
            {
                Check(member!, child, old?[name], Join(path, name));
            }
        }

        if (value is JsonArray items && schema["items"] is { } ofItems)
        {
            for (int i = 0; i < items.Count; i++)
            {
                Check(ofItems, items[i]!, null, $"{path}[{i}]");
            }
        }
    }

    private void CheckBounds(JsonNode schema, JsonNode value, string path)
    {
        long? size = value switch
        {
            JsonArray list => list.Count,
            JsonObject map => map.Count,
            JsonValue text when text.TryGetValue(out string? s) => s.Length,
            JsonValue number when number.TryGetValue(out long n) => n,
            _ => null,
        };
        foreach (string keyword in (string[])["minimum", "minLength", "minItems"])
        {
            Expect(schema[keyword] is not { } bound || size >= (long)bound, path, keyword);
        }

        foreach (string keyword in (string[])["maximum", "maxLength", "maxItems", "maxProperties"])
        {
            Expect(schema[keyword] is not { } bound || size <= (long)bound, path, keyword);
        }

        Expect(schema["pattern"] is not { } pattern || Regex.IsMatch((string)value!, (string)pattern!), path, "pattern");
        Expect(schema["enum"] is not JsonArray values || values.Any(v => (string?)v == (string?)value), path, "enum");
    }

    private void CheckRule(JsonNode rule, JsonNode value, JsonNode? old, string path)
    {
        string text = (string)rule["rule"]!;
        if (text.Contains("oldSelf", StringComparison.Ordinal) && old is null)
        {
            return;
        }

        var variables = new Dictionary<string, object?> { ["self"] = ToCel(value), ["oldSelf"] = ToCel(old) };
        if (_cel.Compile(text).Invoke(variables) is not true)
        {
            Violated.Add(text);
            string message = rule["messageExpression"] is { } expression ? (string)_cel.Compile((string)expression!).Invoke(variables)! : (string)rule["message"]!;
            _problems.Add($"{path}{(string?)rule["fieldPath"]}".TrimStart('.') + $": {message}");
        }
    }

    private void Expect(bool isSo, string path, string problem)
    {
        if (!isSo)
        {
            _problems.Add($"{path}: {problem}");
        }
    }
}
