namespace Lodestone.Api.Validation;

/// <summary>What is wrong with a field; the names and texts are those of Kubernetes.</summary>
public enum FieldErrorType
{
    /// <summary>The field must have a value.</summary>
    Required,

    /// <summary>The value breaks a rule.</summary>
    Invalid,

    /// <summary>The value is not one of the allowed ones.</summary>
    NotSupported,

    /// <summary>The value stands in the list twice.</summary>
    Duplicate,

    /// <summary>The field must not be set, or not changed, here.</summary>
    Forbidden,

    /// <summary>The value has too many bytes.</summary>
    TooLong,

    /// <summary>The list has too many items.</summary>
    TooMany,

    /// <summary>The value has another JSON type.</summary>
    TypeInvalid,
}
