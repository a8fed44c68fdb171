using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodestone.Conformance.Tests.Client;

/// <summary>An answer, and what a case says of it. Every check names the request and shows the whole body when it fails.</summary>
internal sealed class Answer(string request, int code, byte[] content, HttpResponseHeaders headers, HttpContentHeaders contentHeaders)
{
    private JsonNode? _json;

    public int Code => code;

    public byte[] Content => content;

    public string Text { get; } = Encoding.UTF8.GetString(content);

    public JsonNode Json => _json ??= Parse();

    public string? ContentType => contentHeaders.NonValidated.TryGetValues("Content-Type", out HeaderStringValues values) ? values.ToString() : null;

    public string ResourceVersion => Get("metadata.resourceVersion");

    public string Uid => Get("metadata.uid");

    /// <summary>The value at a path; fails where there is none.</summary>
    public JsonNode this[string path] => JsonPath.Find(Json, path) ?? throw Failure($"has nothing at {path}");

    /// <summary>A header's value, or null.</summary>
    public string? Header(string name) => Headers(name) is [var first, ..] ? first : null;

    /// <summary>All values of a header.</summary>
    public IReadOnlyList<string> Headers(string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) || contentHeaders.TryGetValues(name, out values) ? [.. values] : [];

    /// <summary>The text of the value at a path; fails where there is none.</summary>
    public string Get(string path) => this[path] is JsonValue value && value.TryGetValue(out string? text) ? text : this[path].ToJsonString();

    /// <summary>Whether there is a value at a path.</summary>
    public bool Has(string path) => JsonPath.Find(Json, path) is not null;

    /// <summary>Checks the status code.</summary>
    public Answer Is(int expected) => Code == expected ? this : throw Failure($"is {Code}, not {expected}");

    /// <summary>Checks that the body has what the pattern has; see <see cref="JsonPattern"/>.</summary>
    public Answer Matches(string pattern) => Check(JsonPattern.Differences(Json, pattern, isExact: false));

    /// <summary>Checks that the body has what the pattern has and nothing else.</summary>
    public Answer IsExactly(string pattern) => Check(JsonPattern.Differences(Json, pattern, isExact: true));

    /// <summary>Checks that a path has that text.</summary>
    public Answer Has(string path, string expected) =>
        !Has(path) ? throw Failure($"has nothing at {path}, not {expected}")
        : Get(path) == expected ? this
        : throw Failure($"has {Get(path)} at {path}, not {expected}");

    /// <summary>Checks that there is nothing at a path.</summary>
    public Answer HasNot(string path) => Has(path) ? throw Failure($"has {this[path].ToJsonString()} at {path}") : this;

    /// <summary>Checks a header; null: it must not be there.</summary>
    public Answer HasHeader(string name, string? expected) =>
        Header(name) == expected ? this : throw Failure($"has header {name}: {Header(name) ?? "(none)"}, not {expected ?? "(none)"}");

    /// <summary>Checks for a failure, member by member: nothing else may be in the Status. Details of null: there are none.</summary>
    public Answer IsFailure(int expected, string reason, string message, string? details = null) =>
        Is(expected).IsExactly($$"""
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":{{JsonSerializer.Serialize(message)}},"reason":"{{reason}}",{{(details is null ? "" : $"\"details\":{details},")}}"code":{{expected}}}
            """);

    /// <summary>Checks for the answer of a deletion that is done.</summary>
    public Answer IsSuccess(string details) =>
        Is(200).IsExactly($$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{{details}}}""");

    /// <summary>The items of a list by a path within each.</summary>
    public string[] Items(string path = "metadata.name") =>
        [.. (this["items"] as JsonArray ?? []).Select(i => JsonPath.Find(i, path)?.ToString() ?? "")];

    public override string ToString() => $"{request}: {Code} {Text}";

    private Answer Check(IReadOnlyList<string> differences) =>
        differences.Count == 0 ? this : throw Failure("differs:\n  " + string.Join("\n  ", differences));

    private JsonNode Parse()
    {
        try
        {
            return JsonNode.Parse(content) ?? throw Failure("is JSON null");
        }
        catch (JsonException)
        {
            throw Failure("is not JSON");
        }
    }

    private Xunit.Sdk.XunitException Failure(string what) => new($"{request}: the answer {what}\n{Code} {ContentType}\n{(Text.Length > 4000 ? Text[..4000] + " ..." : Text)}");
}
