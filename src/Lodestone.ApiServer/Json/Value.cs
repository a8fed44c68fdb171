using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Lodestone.ApiServer.Json;

/// <summary>A JSON value, immutable and small: what the walks of server-side apply read and make. The default value is absent.</summary>
/// <remarks>Numbers are equal by value, so that 1 is 1.0; maps are equal whatever the order of their members (facts 2.3).</remarks>
[DebuggerDisplay("{ToString(),nq}")]
internal readonly struct Value : IEquatable<Value>, IComparable<Value>
{
    private static readonly object IntegerMark = new();
    private static readonly object FloatMark = new();
    private static readonly object BooleanMark = new();
    private static readonly object NullMark = new();

    private readonly object? _content;
    private readonly long _bits;

    private Value(object content, long bits = 0)
    {
        _content = content;
        _bits = bits;
    }

    /// <summary>JSON's null.</summary>
    public static Value Null => new(NullMark);

    /// <summary>An empty map.</summary>
    public static Value EmptyMap { get; } = new(ValueMap.Empty);

    /// <summary>What it is.</summary>
    public ValueKind Kind => _content switch
    {
        null => ValueKind.Absent,
        string => ValueKind.Text,
        ValueMap => ValueKind.Map,
        Value[] => ValueKind.List,
        { } mark when ReferenceEquals(mark, IntegerMark) => ValueKind.Integer,
        { } mark when ReferenceEquals(mark, FloatMark) => ValueKind.Float,
        { } mark when ReferenceEquals(mark, BooleanMark) => ValueKind.Boolean,
        _ => ValueKind.Null,
    };

    /// <summary>Whether there is no value at all.</summary>
    public bool IsAbsent => _content is null;

    /// <summary>Whether it is JSON's null.</summary>
    public bool IsNull => ReferenceEquals(_content, NullMark);

    /// <summary>The members of a map; null of anything else.</summary>
    public ValueMap? Map => _content as ValueMap;

    /// <summary>The items of a list; null of anything else. Not to be written to.</summary>
    public Value[]? List => _content as Value[];

    /// <summary>The string; null of anything else.</summary>
    public string? Text => _content as string;

    /// <summary>The number of an <see cref="ValueKind.Integer"/>.</summary>
    public long Integer => _bits;

    /// <summary>The truth of a <see cref="ValueKind.Boolean"/>.</summary>
    public bool Boolean => _bits != 0;

    private double Number => ReferenceEquals(_content, FloatMark) ? BitConverter.Int64BitsToDouble(_bits) : _bits;

    private bool IsNumber => ReferenceEquals(_content, IntegerMark) || ReferenceEquals(_content, FloatMark);

    public static bool operator ==(Value left, Value right) => left.Equals(right);

    public static bool operator !=(Value left, Value right) => !left.Equals(right);

    /// <summary>A string.</summary>
    public static Value Of(string text) => new(text);

    /// <summary>A whole number.</summary>
    public static Value Of(long number) => new(IntegerMark, number);

    /// <summary>A number.</summary>
    public static Value Of(double number) => new(FloatMark, BitConverter.DoubleToInt64Bits(number));

    /// <summary>A truth value.</summary>
    public static Value Of(bool truth) => new(BooleanMark, truth ? 1 : 0);

    /// <summary>A list; the array is taken over.</summary>
    public static Value Of(Value[] items) => new(items);

    /// <summary>A map.</summary>
    public static Value Of(ValueMap members) => new(members);

    /// <summary>Writes it as JSON.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case ValueKind.Integer:
                writer.WriteNumberValue(_bits);
                break;
            case ValueKind.Float:
                writer.WriteNumberValue(Number);
                break;
            case ValueKind.Text:
                writer.WriteStringValue(Text);
                break;
            case ValueKind.Boolean:
                writer.WriteBooleanValue(Boolean);
                break;
            case ValueKind.List:
                writer.WriteStartArray();
                foreach (Value item in List!)
                {
                    item.WriteTo(writer);
                }

                writer.WriteEndArray();
                break;
            case ValueKind.Map:
                writer.WriteStartObject();
                foreach ((string name, Value member) in Map!.Members)
                {
                    writer.WritePropertyName(name);
                    member.WriteTo(writer);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    /// <summary>The same value with the members of all its maps sorted by name.</summary>
    public Value Sorted() => Kind switch
    {
        ValueKind.List => Of([.. List!.Select(static item => item.Sorted())]),
        ValueKind.Map => Of(new ValueMap([.. Sorted(Map!).Select(static m => KeyValuePair.Create(m.Key, m.Value.Sorted()))])),
        _ => this,
    };

    /// <inheritdoc/>
    public bool Equals(Value other)
    {
        if (IsNumber || other.IsNumber)
        {
            return IsNumber && other.IsNumber
                && (ReferenceEquals(_content, other._content) && ReferenceEquals(_content, IntegerMark) ? _bits == other._bits : Number == other.Number);
        }

        return _content switch
        {
            string text => other._content is string otherText && text == otherText,
            ValueMap map => other._content is ValueMap otherMap && AreEqual(map, otherMap),
            Value[] list => other._content is Value[] otherList && list.AsSpan().SequenceEqual(otherList),
            _ => ReferenceEquals(_content, other._content) && _bits == other._bits,
        };
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        switch (Kind)
        {
            case ValueKind.Integer or ValueKind.Float:
                return Number.GetHashCode();
            case ValueKind.Text:
                return Text!.GetHashCode(StringComparison.Ordinal);
            case ValueKind.List:
                var items = default(HashCode);
                foreach (Value item in List!)
                {
                    items.Add(item.GetHashCode());
                }

                return items.ToHashCode();
            case ValueKind.Map:
                int members = 0;
                foreach ((string name, Value member) in Map!.Members)
                {
                    members ^= HashCode.Combine(name, member);
                }

                return members;
            default:
                return HashCode.Combine(Kind, _bits);
        }
    }

    /// <inheritdoc/>
    public int CompareTo(Value other)
    {
        if (IsNumber && other.IsNumber)
        {
            return Kind == ValueKind.Integer && other.Kind == ValueKind.Integer ? _bits.CompareTo(other._bits) : Number.CompareTo(other.Number);
        }

        ValueKind kind = Kind == ValueKind.Integer ? ValueKind.Float : Kind;
        ValueKind otherKind = other.Kind == ValueKind.Integer ? ValueKind.Float : other.Kind;
        if (kind != otherKind)
        {
            return kind.CompareTo(otherKind);
        }

        return kind switch
        {
            ValueKind.Text => string.CompareOrdinal(Text, other.Text),
            ValueKind.Boolean => _bits.CompareTo(other._bits),
            ValueKind.List => Compare(List!, other.List!),
            ValueKind.Map => Compare(Sorted(Map!), Sorted(other.Map!)),
            _ => 0,
        };
    }

    /// <summary>As messages show it: strings in quotes, members as name=value.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Absent => "absent",
        ValueKind.Integer => _bits.ToString(CultureInfo.InvariantCulture),
        ValueKind.Float => Number.ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Text => Quote(Text!),
        ValueKind.Boolean => Boolean ? "true" : "false",
        ValueKind.List => $"[{string.Join(',', List!)}]",
        ValueKind.Map => string.Concat(Map!.Members.ToArray().Select(m => $"{m.Key}={m.Value}")),
        _ => "null",
    };

    // As Go's %q: what would need an escape in JSON has one.
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool AreEqual(ValueMap left, ValueMap right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left.Count != right.Count)
        {
            return false;
        }

        foreach ((string name, Value value) in left.Members)
        {
            // An absent member never equals one that is there.
            if (!value.Equals(right[name]))
            {
                return false;
            }
        }

        return true;
    }

    private static int Compare(Value[] left, Value[] right)
    {
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            int order = left[i].CompareTo(right[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static int Compare(KeyValuePair<string, Value>[] left, KeyValuePair<string, Value>[] right)
    {
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            int order = string.CompareOrdinal(left[i].Key, right[i].Key);
            order = order == 0 ? left[i].Value.CompareTo(right[i].Value) : order;
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static KeyValuePair<string, Value>[] Sorted(ValueMap map)
    {
        KeyValuePair<string, Value>[] members = map.Members.ToArray();
        members.AsSpan().Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return members;
    }
}
