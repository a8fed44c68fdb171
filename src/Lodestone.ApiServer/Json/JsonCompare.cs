using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Json;

/// <summary>Compares objects in the stored form.</summary>
internal static class JsonCompare
{
    /// <summary>Whether two values are equal but for the order of keys.</summary>
    /// <remarks>The form is canonical up to the order of a map's keys, so values that differ in length differ.</remarks>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.SequenceEqual(right) || (left.Length == right.Length && JsonNode.DeepEquals(JsonTree.Parse(left), JsonTree.Parse(right)));

    /// <summary>Whether two objects are equal but for metadata and status: whether they want the same.</summary>
    public static bool WantSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var a = new Utf8JsonReader(left);
        var b = new Utf8JsonReader(right);
        a.Read();
        b.Read();
        while (true)
        {
            bool hasA = NextWanted(ref a, left, out ReadOnlySpan<byte> nameA, out ReadOnlySpan<byte> valueA);
            bool hasB = NextWanted(ref b, right, out ReadOnlySpan<byte> nameB, out ReadOnlySpan<byte> valueB);
            if (!hasA || !hasB)
            {
                return hasA == hasB;
            }

            if (!nameA.SequenceEqual(nameB) || !AreEqual(valueA, valueB))
            {
                return false;
            }
        }
    }

    private static bool NextWanted(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            name = reader.ValueSpan;
            bool isWanted = !reader.ValueTextEquals("metadata"u8) && !reader.ValueTextEquals("status"u8);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isWanted)
            {
                value = json[start..(int)reader.BytesConsumed];
                return true;
            }
        }

        name = value = default;
        return false;
    }
}
