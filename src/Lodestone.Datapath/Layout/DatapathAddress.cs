using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct address</c>: 16 bytes in network byte order; IPv4 is v4-mapped (RFC 4291, 2.5.5.2).</summary>
/// <param name="High">The first eight bytes as a little-endian CPU loads them: compared and hashed, never a number.</param>
/// <param name="Low">The last eight bytes, likewise.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct DatapathAddress(ulong High, ulong Low)
{
    /// <summary>The size of an address in bytes, of either family.</summary>
    public const int Size = 16;

    private const ulong MappedPrefix = 0xffff0000;

    /// <summary>Whether this is an IPv4 address in its mapped form.</summary>
    public bool IsIPv4 => High == 0 && (uint)Low == MappedPrefix;

    /// <summary>The four bytes of an IPv4 address as loaded; meaningful where <see cref="IsIPv4"/> holds.</summary>
    public uint IPv4Word => (uint)(Low >> 32);

    /// <summary>Maps an address of either family; a scope id is not kept.</summary>
    public static DatapathAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[Size];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            bytes.Clear();
            bytes[10] = bytes[11] = 0xff;
            address.TryWriteBytes(bytes[12..], out _);
        }
        else
        {
            address.TryWriteBytes(bytes, out _);
        }

        return FromBytes(bytes);
    }

    /// <summary>Reads an address of either family written as text.</summary>
    public static DatapathAddress Parse(string text) => From(IPAddress.Parse(text));

    /// <summary>Reads 4 (IPv4) or 16 bytes in network byte order.</summary>
    public static DatapathAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => new DatapathAddress(0, MappedPrefix | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes) << 32)),
        Size => new DatapathAddress(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])),
        _ => throw new ArgumentException("An address has 4 or 16 bytes.", nameof(bytes)),
    };

    /// <summary>The first so many bits set, 0 to 128; of an IPv4 prefix, 96 and its length.</summary>
    public static DatapathAddress Mask(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, Size * 8);
        Span<byte> bytes = stackalloc byte[Size];
        for (int i = 0; i < Size; i++)
        {
            bytes[i] = (byte)(0xff00 >> Math.Clamp(bits - (i * 8), 0, 8));
        }

        return FromBytes(bytes);
    }

    /// <summary>Writes the 16 bytes in network byte order.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, High);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Low);
    }

    /// <summary>The address as .NET knows it; IPv4 where it is mapped.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return IsIPv4 ? new IPAddress(bytes[12..]) : new IPAddress(bytes);
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPAddress().ToString();
}
