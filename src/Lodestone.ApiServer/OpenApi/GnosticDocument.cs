namespace Lodestone.ApiServer.OpenApi;

/// <summary>The messages of gnostic's OpenAPI 2.0 document that our document has.</summary>
internal static class GnosticDocument
{
    private static readonly GnosticMessage Info = new()
    {
        Fields = Fields(Text("title", 1), Text("version", 2), Text("description", 3)),
        Extensions = 7,
    };

    private static readonly GnosticMessage Schema = new()
    {
        Fields = Fields(
            Text("$ref", 1),
            Text("format", 2),
            Text("title", 3),
            Text("description", 4),
            ("default", new GnosticField(5, GnosticForm.Any)),
            ("maximum", new GnosticField(7, GnosticForm.Double)),
            ("minimum", new GnosticField(9, GnosticForm.Double)),
            Number("maxLength", 11),
            Number("minLength", 12),
            Text("pattern", 13),
            Number("maxItems", 14),
            Number("minItems", 15),
            Number("uniqueItems", 16),
            Number("maxProperties", 17),
            Number("minProperties", 18),
            Text("required", 19),
            ("enum", new GnosticField(20, GnosticForm.EachAny)),
            // Of a schema or a truth value; we write schemas only.
            ("additionalProperties", new GnosticField(21, GnosticForm.Message, () => Schema!) { Wrappers = [1] }),
            ("type", new GnosticField(22, GnosticForm.Text) { Wrappers = [1] }),
            ("items", new GnosticField(23, GnosticForm.Message, () => Schema!) { Wrappers = [1] }),
            ("allOf", new GnosticField(24, GnosticForm.Message, () => Schema!)),
            ("properties", new GnosticField(25, GnosticForm.Message, () => NamedSchemas!))),
        Extensions = 31,
    };

    private static readonly GnosticMessage NamedSchemas = new() { Others = 1, OtherValue = new GnosticField(2, GnosticForm.Message, () => Schema) };

    private static readonly GnosticMessage BodyParameter = new()
    {
        Fields = Fields(
            Text("description", 1),
            Text("name", 2),
            Text("in", 3),
            Number("required", 4),
            ("schema", new GnosticField(5, GnosticForm.Message, () => Schema))),
        Extensions = 6,
    };

    private static readonly GnosticMessage QueryParameter = new()
    {
        Fields = Fields(Number("required", 1), Text("in", 2), Text("description", 3), Text("name", 4), Text("type", 6), Number("uniqueItems", 20)),
        Extensions = 23,
    };

    private static readonly GnosticMessage PathParameter = new()
    {
        Fields = Fields(Number("required", 1), Text("in", 2), Text("description", 3), Text("name", 4), Text("type", 5), Number("uniqueItems", 19)),
        Extensions = 22,
    };

    private static readonly GnosticMessage Response = new()
    {
        Fields = Fields(
            Text("description", 1),
            ("schema", new GnosticField(2, GnosticForm.Message, () => Schema) { Wrappers = [1] })),
        Extensions = 5,
    };

    private static readonly GnosticMessage AllResponses = new()
    {
        Others = 1,
        OtherValue = new GnosticField(2, GnosticForm.Message, () => Response) { Wrappers = [1] },
        Extensions = 2,
    };

    private static readonly GnosticMessage Operation = new()
    {
        Fields = Fields(
            Text("tags", 1),
            Text("summary", 2),
            Text("description", 3),
            Text("operationId", 5),
            Text("produces", 6),
            Text("consumes", 7),
            ("parameters", new GnosticField(8, GnosticForm.Parameter)),
            ("responses", new GnosticField(9, GnosticForm.Message, () => AllResponses)),
            Text("schemes", 10),
            Number("deprecated", 11)),
        Extensions = 13,
    };

    private static readonly GnosticMessage PathItem = new()
    {
        Fields = Fields(
            ("get", new GnosticField(2, GnosticForm.Message, () => Operation)),
            ("put", new GnosticField(3, GnosticForm.Message, () => Operation)),
            ("post", new GnosticField(4, GnosticForm.Message, () => Operation)),
            ("delete", new GnosticField(5, GnosticForm.Message, () => Operation)),
            ("patch", new GnosticField(8, GnosticForm.Message, () => Operation)),
            ("parameters", new GnosticField(9, GnosticForm.Parameter))),
        Extensions = 10,
    };

    private static readonly GnosticMessage Paths = new()
    {
        Extensions = 1,
        Others = 2,
        OtherValue = new GnosticField(2, GnosticForm.Message, () => PathItem),
    };

    /// <summary>The document.</summary>
    public static GnosticMessage Root { get; } = new()
    {
        Fields = Fields(
            Text("swagger", 1),
            ("info", new GnosticField(2, GnosticForm.Message, () => Info)),
            ("paths", new GnosticField(8, GnosticForm.Message, () => Paths)),
            ("definitions", new GnosticField(9, GnosticForm.Message, () => NamedSchemas))),
        Extensions = 16,
    };

    /// <summary>A parameter's message and the fields around it: <c>parameter</c>, then either <c>body_parameter</c>, or <c>non_body_parameter</c> and its place.</summary>
    /// <param name="place">The parameter's <c>in</c>.</param>
    public static (GnosticMessage Message, int[] Wrappers) Parameter(string? place) => place switch
    {
        "body" => (BodyParameter, [1, 1]),
        "query" => (QueryParameter, [1, 2, 3]),
        "path" => (PathParameter, [1, 2, 4]),
        _ => throw new NotSupportedException($"a parameter in '{place}' is not written"),
    };

    private static Dictionary<string, GnosticField> Fields(params (string Name, GnosticField Field)[] fields) =>
        fields.ToDictionary(f => f.Name, f => f.Field, StringComparer.Ordinal);

    private static (string Name, GnosticField Field) Text(string name, int number) => (name, new GnosticField(number, GnosticForm.Text));

    private static (string Name, GnosticField Field) Number(string name, int number) => (name, new GnosticField(number, GnosticForm.Number));
}
