using System.Buffers.Binary;
using Lodestone.Api.Networking;
using Address = System.Net.IPAddress;

namespace Lodestone.Api.Platform;

/// <summary>Addresses of one family from <paramref name="First"/> to <paramref name="Last"/>, both included, as numbers in host order.</summary>
/// <param name="Family"><c>IPv4</c> or <c>IPv6</c>.</param>
/// <param name="First">The first address.</param>
/// <param name="Last">The last address.</param>
public readonly record struct AddressRange(string Family, UInt128 First, UInt128 Last)
{
    /// <summary>How many addresses there are; all of IPv6 counts one too few, since their number does not fit.</summary>
    public UInt128 Count => Last - First == UInt128.MaxValue ? UInt128.MaxValue : Last - First + 1;

    /// <summary>Reads a prefix in CIDR form, a range <c>FIRST-LAST</c>, or a single address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="range">The range, where the text is one.</param>
    /// <param name="problem">What is wrong with the text, where it is none.</param>
    public static bool TryParse(string text, out AddressRange range, out string problem)
    {
        range = default;
        problem = "";
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return TryParsePrefix(text, out range, out problem);
        }

        int dash = text.IndexOf('-', StringComparison.Ordinal);
        string from = dash < 0 ? text : text[..dash].Trim();
        string to = dash < 0 ? text : text[(dash + 1)..].Trim();
        if (!IPFamily.TryParseAddress(from, out Address? first) || !IPFamily.TryParseAddress(to, out Address? last))
        {
            problem = "must be a prefix in CIDR form, a range FIRST-LAST, or a single address";
            return false;
        }

        range = new AddressRange(IPFamily.Of(first), ToNumber(first), ToNumber(last));
        problem = IPFamily.Of(first) != IPFamily.Of(last) ? "first and last address must be of the same family"
            : range.First > range.Last ? "first address must not be after the last"
            : "";
        return problem.Length == 0;
    }

    /// <summary>An address as a number.</summary>
    public static UInt128 ToNumber(Address address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>A number as an address of a family.</summary>
    public static Address ToAddress(UInt128 number, string family)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new Address(family == IPFamily.IPv4 ? bytes[12..] : bytes);
    }

    /// <summary>Whether an address lies in the range.</summary>
    public bool Contains(Address address) => IPFamily.Of(address) == Family && Contains(ToNumber(address));

    /// <summary>Whether a number lies in the range.</summary>
    public bool Contains(UInt128 number) => First <= number && number <= Last;

    /// <summary>Whether the two have an address in common.</summary>
    public bool Overlaps(AddressRange other) => Family == other.Family && First <= other.Last && other.First <= Last;

    /// <summary><c>FIRST-LAST</c>, or the address where there is only one.</summary>
    public override string ToString() =>
        First == Last ? ToAddress(First, Family).ToString() : $"{ToAddress(First, Family)}-{ToAddress(Last, Family)}";

    private static bool TryParsePrefix(string text, out AddressRange range, out string problem)
    {
        range = default;
        problem = "";
        if (!IPFamily.TryParsePrefix(text, out Address? address, out int length))
        {
            problem = "must be a prefix in CIDR form, a range FIRST-LAST, or a single address";
            return false;
        }

        string family = IPFamily.Of(address);
        int hostBits = IPFamily.Bits(family) - length;
        UInt128 hostMask = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        UInt128 number = ToNumber(address);
        if ((number & hostMask) != 0)
        {
            problem = $"must have no bits set behind the prefix: {ToAddress(number & ~hostMask, family)}/{length}";
            return false;
        }

        range = new AddressRange(family, number, number | hostMask);
        return true;
    }
}
