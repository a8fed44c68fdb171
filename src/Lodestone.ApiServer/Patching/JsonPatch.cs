using System.Globalization;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Patching;

/// <summary>JSON Patch (RFC 6902).</summary>
internal sealed class JsonPatch
{
    private const int MaxOperations = 10_000;
    private const int MaxUnknownMembers = 256;

    // What all copies of a patch may add up to in bytes of JSON, as in Kubernetes: else a few of them double an object at will.
    private const int MaxCopiedBytes = 3 << 20;

    private readonly Operation[] _operations;

    private JsonPatch(Operation[] operations, string[] unknownMembers)
    {
        _operations = operations;
        UnknownMembers = unknownMembers;
    }

    /// <summary>Members of operations that mean nothing, as <c>[0].foo</c>.</summary>
    public IReadOnlyList<string> UnknownMembers { get; }

    /// <summary>Reads a patch document.</summary>
    /// <exception cref="ApiException">It is not an array of known operations, or too long a one.</exception>
    public static JsonPatch Parse(JsonNode? document)
    {
        if (document is not JsonArray array)
        {
            throw ApiErrors.BadRequest("json: cannot unmarshal the patch: it is not an array of operations");
        }

        if (array.Count > MaxOperations)
        {
            ApiException tooLarge = ApiErrors.RequestTooLarge(MaxOperations);
            tooLarge.Status.Message = $"Request entity too large: The allowed maximum operations in a JSON patch is {MaxOperations}, got {array.Count}";
            throw tooLarge;
        }

        Operation[] operations = [.. array.Select(ParseOperation)];
        return new JsonPatch(operations, [.. array.SelectMany((operation, i) => UnknownOf((JsonObject)operation!, i)).Take(MaxUnknownMembers)]);
    }

    /// <summary>Applies every operation, in order, to a document of one's own.</summary>
    /// <exception cref="JsonPatchException">One of them cannot be done.</exception>
    public JsonNode? Apply(JsonNode? document)
    {
        long copied = 0;
        foreach (Operation operation in _operations)
        {
            document = operation.Name switch
            {
                "add" => Add(document, operation.Path, operation.Value?.DeepClone()),
                "remove" => Remove(document, operation.Path, out _),
                "replace" => Replace(document, operation.Path, operation.Value?.DeepClone()),
                "move" => Move(document, operation),
                "copy" => Copy(document, operation, ref copied),
                _ => Test(document, operation),
            };
        }

        return document;
    }

    private static IEnumerable<string> UnknownOf(JsonObject operation, int index) =>
        operation.Select(m => m.Key).Where(k => k is not ("op" or "path" or "from" or "value")).Select(k => $"[{index}].{k}");

    private static Operation ParseOperation(JsonNode? node)
    {
        if (node is not JsonObject operation)
        {
            throw ApiErrors.BadRequest("json: cannot unmarshal the patch: an operation is not an object");
        }

        string? name = operation.Text("op");
        string? path = operation.Text("path");
        string? from = operation.Text("from");
        if (name is not ("add" or "remove" or "replace" or "move" or "copy" or "test") || path is null
            || (name is "move" or "copy" && from is null))
        {
            throw ApiErrors.BadRequest($"json patch: operation \"{name}\" at \"{path}\" is not one of add, remove, replace, move, copy, test with what it needs");
        }

        return new Operation(name, SplitPointer(path), from is null ? null : SplitPointer(from), operation["value"]);
    }

    private static string[] SplitPointer(string pointer)
    {
        if (pointer.Length == 0)
        {
            return [];
        }

        return pointer[0] == '/'
            ? [.. pointer[1..].Split('/').Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))]
            : throw ApiErrors.BadRequest($"json patch: \"{pointer}\" is not a JSON pointer");
    }

    private static JsonNode? Add(JsonNode? document, string[] path, JsonNode? value)
    {
        RequireFlat(path, value);
        if (path.Length == 0)
        {
            return value;
        }

        switch (Find(document, path[..^1]))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray parent:
                parent.Insert(path[^1] == "-" ? parent.Count : Index(path[^1], parent.Count + 1), value);
                break;
            default:
                throw Missing(path);
        }

        return document;
    }

    private static JsonNode? Remove(JsonNode? document, string[] path, out JsonNode? removed)
    {
        removed = Find(document, path);
        if (path.Length == 0)
        {
            return null;
        }

        switch (Find(document, path[..^1]))
        {
            case JsonObject parent:
                parent.Remove(path[^1]);
                break;
            case JsonArray parent:
                parent.RemoveAt(Index(path[^1], parent.Count));
                break;
        }

        return document;
    }

    private static JsonNode? Replace(JsonNode? document, string[] path, JsonNode? value)
    {
        RequireFlat(path, value);
        if (path.Length == 0)
        {
            return value;
        }

        _ = Find(document, path);
        switch (Find(document, path[..^1]))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray parent:
                parent[Index(path[^1], parent.Count)] = value;
                break;
        }

        return document;
    }

    private static JsonNode? Copy(JsonNode? document, Operation operation, ref long copied)
    {
        JsonNode? source = Find(document, operation.From!);
        copied += source?.ToJsonString().Length ?? 4;
        return copied <= MaxCopiedBytes
            ? Add(document, operation.Path, source?.DeepClone())
            : throw new JsonPatchException($"the copies add up to more than {MaxCopiedBytes} bytes");
    }

    private static JsonNode? Move(JsonNode? document, Operation operation)
    {
        if (operation.From!.Length < operation.Path.Length && operation.Path.AsSpan(0, operation.From.Length).SequenceEqual(operation.From))
        {
            throw new JsonPatchException("a value cannot be moved into itself");
        }

        document = Remove(document, operation.From, out JsonNode? moved);
        return Add(document, operation.Path, moved);
    }

    private static JsonNode? Test(JsonNode? document, Operation operation) =>
        JsonNode.DeepEquals(Find(document, operation.Path), operation.Value)
            ? document
            : throw new JsonPatchException($"testing value /{string.Join('/', operation.Path)} failed");

    private static JsonNode? Find(JsonNode? node, string[] path)
    {
        foreach (string part in path)
        {
            node = node switch
            {
                JsonObject parent => parent.TryGetPropertyValue(part, out JsonNode? child) ? child : throw Missing(path),
                JsonArray parent => parent[Index(part, parent.Count)],
                _ => throw Missing(path),
            };
        }

        return node;
    }

    // Operation by operation a patch builds what no body may hold, and whoever walks it then runs out of stack.
    private static void RequireFlat(string[] path, JsonNode? value)
    {
        if (path.Length + DepthOf(value) > JsonTree.MaxDepth)
        {
            throw new JsonPatchException($"/{string.Join('/', path)} would be nested deeper than {JsonTree.MaxDepth} levels");
        }
    }

    private static int DepthOf(JsonNode? node) => node switch
    {
        JsonObject parent => 1 + parent.Select(m => DepthOf(m.Value)).DefaultIfEmpty().Max(),
        JsonArray parent => 1 + parent.Select(DepthOf).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static int Index(string text, int bound) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < bound && (text.Length == 1 || text[0] != '0')
            ? index
            : throw new JsonPatchException($"\"{text}\" is no index of the array");

    private static JsonPatchException Missing(string[] path) => new($"there is nothing at /{string.Join('/', path)}");

    private sealed record Operation(string Name, string[] Path, string[]? From, JsonNode? Value);
}
