using System.Collections;

namespace Lodestone.Api.Validation;

/// <summary>Every problem found with an object, in the order of its fields.</summary>
public sealed class FieldErrorList : IReadOnlyList<FieldError>
{
    private readonly List<FieldError> _errors = [];

    /// <inheritdoc/>
    public int Count => _errors.Count;

    /// <inheritdoc/>
    public FieldError this[int index] => _errors[index];

    /// <summary>Adds a finished error.</summary>
    public void Add(FieldError error) => _errors.Add(error);

    /// <summary>A value is missing.</summary>
    public void Required(FieldPath path, string detail = "") => Add(FieldErrorType.Required, path, "", detail);

    /// <summary>A value breaks a rule.</summary>
    public void Invalid(FieldPath path, object? value, string detail) => Add(FieldErrorType.Invalid, path, value, detail);

    /// <summary>A value breaks several rules, each told on its own.</summary>
    public void Invalid(FieldPath path, object? value, IEnumerable<string> details)
    {
        foreach (string detail in details)
        {
            Invalid(path, value, detail);
        }
    }

    /// <summary>A value is none of the allowed ones, which are listed sorted.</summary>
    public void NotSupported(FieldPath path, string value, IEnumerable<string> supported) =>
        NotSupportedInOrder(path, value, supported.Order(StringComparer.Ordinal));

    /// <summary>A value is none of the allowed ones, which are listed as they come: some of Kubernetes' messages are not sorted.</summary>
    public void NotSupportedInOrder(FieldPath path, string value, IEnumerable<string> supported) =>
        Add(FieldErrorType.NotSupported, path, value, "supported values: " + string.Join(", ", supported.Select(FieldError.Quote)));

    /// <summary>A value stands in its list before.</summary>
    public void Duplicate(FieldPath path, object? value) => Add(FieldErrorType.Duplicate, path, value, "");

    /// <summary>A field must not be set, or not changed.</summary>
    public void Forbidden(FieldPath path, string detail) => Add(FieldErrorType.Forbidden, path, "", detail);

    /// <summary>A value has more than <paramref name="maxBytes"/> bytes.</summary>
    public void TooLong(FieldPath path, int maxBytes) => Add(FieldErrorType.TooLong, path, "", $"may not be more than {maxBytes} bytes");

    /// <inheritdoc/>
    public IEnumerator<FieldError> GetEnumerator() => _errors.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Add(FieldErrorType type, FieldPath path, object? value, string detail) =>
        _errors.Add(new FieldError(type, path.ToString(), value, detail));
}
