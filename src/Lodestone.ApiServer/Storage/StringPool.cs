using System.Text;
using System.Text.Json;

namespace Lodestone.ApiServer.Storage;

/// <summary>Gives equal short strings one instance: label keys and values, namespaces, finalizers repeat over thousands of objects.</summary>
/// <remarks>
/// A direct-mapped cache: a slot holds the string seen last, so the pool is bounded and never needs clearing.
/// Threads race only over which instance a slot holds; a loser costs one extra string.
/// </remarks>
internal sealed class StringPool
{
    private const int Slots = 8192;
    private const int LongestPooled = 64;
    private readonly string?[] _slots = new string?[Slots];

    /// <summary>The pool of this process.</summary>
    public static StringPool Shared { get; } = new();

    /// <summary>The current string or property name of a reader.</summary>
    public string Get(ref Utf8JsonReader reader) =>
        reader.ValueIsEscaped || reader.HasValueSequence || reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)
            ? reader.GetString() ?? ""
            : Get(reader.ValueSpan);

    /// <summary>The string of these UTF-8 bytes.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == 0)
        {
            return "";
        }

        if (utf8.Length > LongestPooled)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        ref string? slot = ref _slots[Checksum.Compute(utf8) % Slots];
        string? pooled = slot;
        if (pooled is not null && IsSame(pooled, utf8))
        {
            return pooled;
        }

        pooled = Encoding.UTF8.GetString(utf8);
        slot = pooled;
        return pooled;
    }

    private static bool IsSame(string pooled, ReadOnlySpan<byte> utf8) => Ascii.Equals(utf8, pooled);
}
