using System.Globalization;
using System.Net;
using Lodestone.Datapath.Layout;

namespace Lodestone.TestKit.Packets;

/// <summary>One layer in the golden notation: a name, words, and <c>key value</c> pairs.</summary>
internal sealed class PacketLayer
{
    private static readonly HashSet<string> Keys =
    [
        "ttl", "tos", "frag", "options", "len", "proto", "ihl", "version", "id", "hop", "tc", "flow", "next", "seq", "code",
        "type", "vni", "opts", "source-mac", "target-mac", "flags", "check", "mtu", "quote", "words", "left", "prio",
    ];

    private readonly Dictionary<string, string> _options = [];
    private readonly List<string> _words = [];

    private PacketLayer(string name) => Name = name;

    internal string Name { get; }

    internal static PacketLayer Parse(string text)
    {
        string[] tokens = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        PacketLayer layer = new(tokens[0]);
        for (int i = 1; i < tokens.Length; i++)
        {
            if (Keys.Contains(tokens[i]))
            {
                layer._options[tokens[i]] = tokens[i + 1];
                i++;
            }
            else if (tokens[i] != ">")
            {
                layer._words.Add(tokens[i]);
            }
        }

        return layer;
    }

    internal string Word(int index) => index < _words.Count
        ? _words[index]
        : throw new FormatException($"'{Name}' lacks word {index + 1}.");

    internal string WordOr(int index, string fallback) => index < _words.Count ? _words[index] : fallback;

    internal bool Has(string word) => _words.Contains(word) || _options.ContainsKey(word);

    internal string Option(string key, string fallback) => _options.GetValueOrDefault(key, fallback);

    internal int Number(string key, int fallback) => _options.TryGetValue(key, out string? text) ? Integer(text) : fallback;

    internal ushort Port(int index) => (ushort)Integer(Word(index));

    internal IPAddress Address(int index) => IPAddress.Parse(Word(index));

    internal byte[] Mac(int index) => Bytes(ParseMac(Word(index)));

    internal static byte[] Bytes(MacAddress mac) => ((ReadOnlySpan<byte>)mac).ToArray();

    internal static int Integer(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? int.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>Reads a MAC address, in which <c>::</c> stands for zeros as in IPv6.</summary>
    internal static MacAddress ParseMac(string text)
    {
        string[] halves = text.Split("::");
        if (halves.Length == 2)
        {
            int missing = MacAddress.Size - Count(halves[0]) - Count(halves[1]);
            text = string.Join(':', new[] { halves[0], string.Join(':', Enumerable.Repeat("00", missing)), halves[1] }.Where(h => h.Length > 0));
        }

        return MacAddress.Parse(text);
    }

    private static int Count(string half) => half.Length == 0 ? 0 : half.Split(':').Length;
}
