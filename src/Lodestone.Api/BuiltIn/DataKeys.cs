using System.Buffers;
using System.Text;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>What <see cref="ConfigMap"/> and <see cref="Secret"/> share: keys, size, canonical form and immutability.</summary>
internal static class DataKeys
{
    /// <summary>Most bytes of all values together.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxKeyLength = 253;
    private const string KeyRule =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
        + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    private const string ImmutableDetail = "field is immutable when `immutable` is set";

    private static readonly SearchValues<char> KeyCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>What is wrong with a key.</summary>
    public static IEnumerable<string> Check(string key)
    {
        if (Encoding.UTF8.GetByteCount(key) > MaxKeyLength)
        {
            yield return $"must be no more than {MaxKeyLength} bytes";
        }

        if (key.Length == 0 || key.AsSpan().ContainsAnyExcept(KeyCharacters))
        {
            yield return KeyRule;
        }

        if (key is "." or "..")
        {
            yield return $"must not be '{key}'";
        }
        else if (key.StartsWith("..", StringComparison.Ordinal))
        {
            yield return "must not start with '..'";
        }
    }

    /// <summary>The map with its keys in order, or null for an empty one: one form for what means the same.</summary>
    public static Dictionary<string, T>? Canonical<T>(Dictionary<string, T>? map) => map switch
    {
        null or { Count: 0 } => null,
        { Count: 1 } => map,
        _ => new Dictionary<string, T>(map.OrderBy(p => p.Key, StringComparer.Ordinal)),
    };

    /// <summary>Adds what of an immutable object's data was changed, and that it shall no longer be immutable.</summary>
    public static void ValidateImmutable(bool? isImmutable, bool? wasImmutable, FieldErrorList errors, params ReadOnlySpan<(string Field, bool IsSame)> data)
    {
        if (wasImmutable != true)
        {
            return;
        }

        if (isImmutable != true)
        {
            errors.Forbidden(FieldPath.Root("immutable"), ImmutableDetail);
        }

        foreach ((string field, bool isSame) in data)
        {
            if (!isSame)
            {
                errors.Forbidden(FieldPath.Root(field), ImmutableDetail);
            }
        }
    }

    /// <summary>Whether two maps hold the same.</summary>
    public static bool AreEqual(Dictionary<string, string>? left, Dictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (left is null || left.All(p => right!.TryGetValue(p.Key, out string? value) && value == p.Value));

    /// <inheritdoc cref="AreEqual(Dictionary{string, string}, Dictionary{string, string})"/>
    public static bool AreEqual(Dictionary<string, byte[]>? left, Dictionary<string, byte[]>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (left is null || left.All(p => right!.TryGetValue(p.Key, out byte[]? value) && value.AsSpan().SequenceEqual(p.Value)));
}
