using System.Text.Unicode;

namespace Lodestone.ApiServer.Protobuf;

/// <summary>Steps through the fields of one message; what is in nested messages is for another reader.</summary>
/// <param name="message">The message's bytes.</param>
/// <param name="path">What the message is, for errors.</param>
internal ref struct WireReader(ReadOnlySpan<byte> message, string path)
{
    private const int MaxVarintBytes = 10;
    private const int MaxFieldNumber = (1 << 29) - 1;
    private ReadOnlySpan<byte> _rest = message;
    private WireType _type;
    private ulong _varint;
    private ReadOnlySpan<byte> _bytes;

    /// <summary>The number of the field that was read.</summary>
    public int Number { get; private set; }

    /// <summary>Reads the next field; false at the end.</summary>
    /// <exception cref="ProtobufException">The bytes are malformed or end too early.</exception>
    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong tag = ReadVarint();
        if (tag >> 3 is 0 or > MaxFieldNumber)
        {
            throw Malformed($"a field has the number {tag >> 3}");
        }

        Number = (int)(tag >> 3);
        _type = (WireType)(tag & 7);
        switch (_type)
        {
            case WireType.Varint:
                _varint = ReadVarint();
                break;
            case WireType.Fixed64:
                _bytes = Take(8);
                break;
            case WireType.Bytes:
                _bytes = Take(ReadVarint());
                break;
            case WireType.Fixed32:
                _bytes = Take(4);
                break;
            default:
                throw Malformed($"field {Number} has the wire type {(int)_type}, which is not read");
        }

        return true;
    }

    /// <summary>The field's value as a number.</summary>
    /// <exception cref="ProtobufException">It is none.</exception>
    public readonly ulong GetVarint()
    {
        Expect(WireType.Varint);
        return _varint;
    }

    /// <summary>The field's value as bytes.</summary>
    /// <exception cref="ProtobufException">It is none.</exception>
    public readonly ReadOnlySpan<byte> GetBytes()
    {
        Expect(WireType.Bytes);
        return _bytes;
    }

    /// <summary>The field's value as UTF-8 text.</summary>
    /// <exception cref="ProtobufException">It is none.</exception>
    public readonly ReadOnlySpan<byte> GetText() =>
        Utf8.IsValid(GetBytes()) ? _bytes : throw Malformed($"field {Number} is not UTF-8");

    private readonly void Expect(WireType type)
    {
        if (_type != type)
        {
            throw Malformed($"field {Number} has the wire type {(int)_type} instead of {(int)type}");
        }
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < _rest.Length && i < MaxVarintBytes; i++)
        {
            byte next = _rest[i];
            if (i == MaxVarintBytes - 1 && next > 1)
            {
                break;
            }

            value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw Malformed(_rest.Length < MaxVarintBytes ? "it ends within a number" : "a number has more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw Malformed($"it ends after {_rest.Length} of the {count} bytes of field {Number}");
        }

        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private readonly ProtobufException Malformed(string why) => new($"{path}: {why}");
}
