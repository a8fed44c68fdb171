using System.Net;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Lodestone.ApiServer.Formatting;

/// <summary>Writes JSON as YAML, with sorted keys as Kubernetes does.</summary>
public static class YamlText
{
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<",
    };

    /// <summary>One document.</summary>
    public static void Write(TextWriter output, JsonElement value)
    {
        ArgumentNullException.ThrowIfNull(output);
        Emitter emitter = Begin(output);
        Emit(emitter, value);
        End(emitter);
        output.Flush();
    }

    /// <summary>Begins a document; one node and <see cref="End"/> complete it.</summary>
    internal static Emitter Begin(TextWriter output)
    {
        var emitter = new Emitter(output, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        return emitter;
    }

    /// <summary>Ends a document.</summary>
    internal static void End(Emitter emitter)
    {
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
    }

    /// <summary>A node: a value with all that is in it.</summary>
    internal static void Emit(Emitter emitter, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                JsonProperty[] members = [.. value.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal)];
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, members.Length == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (JsonProperty member in members)
                {
                    EmitString(emitter, member.Name);
                    Emit(emitter, member.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(
                    AnchorName.Empty, TagName.Empty, isImplicit: true, value.GetArrayLength() == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                EmitString(emitter, value.GetString()!);
                break;
            default:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.GetRawText(), ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));
                break;
        }
    }

    /// <summary>A node: a text, or a key.</summary>
    internal static void EmitString(Emitter emitter, string text)
    {
        ScalarStyle style = IsLiteral(text) ? ScalarStyle.Literal : IsMistakable(text) ? ScalarStyle.DoubleQuoted : ScalarStyle.Any;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: style == ScalarStyle.Any, isQuotedImplicit: true));
    }

    /// <summary>Lines of text are easier read as such.</summary>
    private static bool IsLiteral(string text) =>
        text.Contains('\n', StringComparison.Ordinal)
        && text.All(c => c == '\n' || (c >= ' ' && c < 0x7f))
        && !text.StartsWith(' ') && !text.StartsWith('\n')
        && !text.Contains(" \n", StringComparison.Ordinal) && !text.EndsWith(' ');

    /// <summary>Plain, a reader of YAML 1.1 or 1.2 could take the text for a truth value, null, number or time.</summary>
    private static bool IsMistakable(string text) =>
        Words.Contains(text)
        || text.Any(char.IsControl)
        || ((text[0] is (>= '0' and <= '9') or '+' or '-' or '.') && !IsIPv4Address(text));

    private static bool IsIPv4Address(string text) => text.Count(c => c == '.') == 3 && IPAddress.TryParse(text, out _);
}
