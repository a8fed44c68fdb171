using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Checks that a body is text before anything reads it: UTF-8 without halves of surrogate pairs (RFC 8259, sections 8.1 and 8.2).</summary>
/// <remarks>Kubernetes replaces what is wrong by U+FFFD; a name or value that silently becomes another is worse than a refusal.</remarks>
internal static class BodyText
{
    /// <summary>Refuses what is not.</summary>
    /// <exception cref="ApiException">400, with the position in bytes.</exception>
    public static void Check(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            throw ApiErrors.BadRequest($"the body is not UTF-8: invalid bytes at offset {Text(InvalidAt(body))}");
        }

        int at = 0;
        while (body[at..].IndexOf((byte)'\\') is var next and >= 0)
        {
            at += next;
            if (IsSurrogate(body[at..], 0xD800))
            {
                if (!IsSurrogate(body[(at + 6)..], 0xDC00))
                {
                    throw HalfPair(at);
                }

                at += 12;
            }
            else if (IsSurrogate(body[at..], 0xDC00))
            {
                throw HalfPair(at);
            }
            else
            {
                at = Math.Min(at + 2, body.Length);
            }
        }
    }

    /// <summary>Whether an escape of a code unit from <paramref name="first"/> to 1023 above it stands here.</summary>
    private static bool IsSurrogate(ReadOnlySpan<byte> text, int first) =>
        text.Length >= 6
        && text[0] == '\\'
        && text[1] == 'u'
        && Utf8Parser.TryParse(text[2..6], out ushort unit, out int read, 'x')
        && read == 4
        && unit >= first
        && unit < first + 0x400;

    private static ApiException HalfPair(int at) =>
        ApiErrors.BadRequest($"the body is not text: half of a surrogate pair at offset {Text(at)}");

    private static int InvalidAt(ReadOnlySpan<byte> body)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(body[at..], out _, out int read) == OperationStatus.Done)
        {
            at += read;
        }

        return at;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
