using Lodestone.Api.Validation;

namespace Lodestone.Api.Schemas;

/// <summary>What <see cref="SchemaReader"/> found in a document.</summary>
public sealed class SchemaFindings
{
    /// <summary>Paths of members the schema does not know, such as <c>spec.foo</c>; they were left out.</summary>
    public IReadOnlyList<string> UnknownFields => Unknown;

    /// <summary>Paths of members given twice; the last one counts.</summary>
    public IReadOnlyList<string> DuplicateFields => Duplicate;

    /// <summary>Values of another JSON type than the schema's. If there is any, what was written can't be used.</summary>
    public IReadOnlyList<FieldError> TypeErrors => Types;

    /// <summary>Unknown and duplicate fields as <c>fieldValidation</c> words them: <c>unknown field "spec.foo"</c>.</summary>
    public IEnumerable<string> StrictProblems =>
        Unknown.Select(p => $"unknown field {FieldError.Quote(p)}").Concat(Duplicate.Select(p => $"duplicate field {FieldError.Quote(p)}"));

    internal List<string> Unknown { get; } = [];

    internal List<string> Duplicate { get; } = [];

    internal List<FieldError> Types { get; } = [];
}
