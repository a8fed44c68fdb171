using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Lodestone.Linux.Netlink;

/// <summary>Walks the attributes of a message; a truncated one ends the walk.</summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    /// <summary>Type of the current attribute, without its flags.</summary>
    public ushort Type { get; private set; }

    /// <summary>Payload of the current attribute.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The payload as a number in host byte order.</summary>
    public readonly uint AsUInt32 => MemoryMarshal.Read<uint>(Value);

    /// <summary>The payload as text up to the NUL.</summary>
    public readonly string AsString
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    /// <summary>The payload as an IPv4 or IPv6 address, by its length.</summary>
    public readonly IPAddress AsAddress => new(Value);

    /// <summary>The attributes nested in this one.</summary>
    public readonly NetlinkAttributes AsNested => new(Value);

    /// <summary>Goes to the next attribute.</summary>
    public bool Read()
    {
        if (_rest.Length < 4)
        {
            return false;
        }

        int length = MemoryMarshal.Read<ushort>(_rest);
        if (length < 4 || length > _rest.Length)
        {
            return false;
        }

        Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & RtnlConstants.TypeMask);
        Value = _rest[4..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}
