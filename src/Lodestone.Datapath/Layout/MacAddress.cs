using System.Globalization;
using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>Six bytes of a link-layer address, in wire order.</summary>
[InlineArray(Size)]
public struct MacAddress : IEquatable<MacAddress>
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 6;

    private byte _first;

    /// <summary>Copies six bytes in wire order.</summary>
    public static MacAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        MacAddress mac = default;
        bytes[..Size].CopyTo(mac);
        return mac;
    }

    /// <summary>Reads <c>02:00:00:00:00:01</c>.</summary>
    /// <exception cref="FormatException">The text is not six hexadecimal bytes between colons.</exception>
    public static MacAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out MacAddress mac) ? mac : throw new FormatException($"\"{text}\" is not a MAC address.");
    }

    /// <summary>Reads <c>02:00:00:00:00:01</c>; false where the text is anything else.</summary>
    public static bool TryParse(string? text, out MacAddress mac)
    {
        mac = default;
        string[] parts = (text ?? string.Empty).Split(':');
        if (parts.Length != Size)
        {
            return false;
        }

        for (int i = 0; i < Size; i++)
        {
            if (!byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out mac[i]))
            {
                mac = default;
                return false;
            }
        }

        return true;
    }

    /// <summary>Compares all six bytes.</summary>
    public static bool operator ==(MacAddress left, MacAddress right) => left.Equals(right);

    /// <summary>Compares all six bytes.</summary>
    public static bool operator !=(MacAddress left, MacAddress right) => !left.Equals(right);

    /// <inheritdoc/>
    public readonly bool Equals(MacAddress other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is MacAddress other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override readonly string ToString() => $"{this[0]:x2}:{this[1]:x2}:{this[2]:x2}:{this[3]:x2}:{this[4]:x2}:{this[5]:x2}";
}
