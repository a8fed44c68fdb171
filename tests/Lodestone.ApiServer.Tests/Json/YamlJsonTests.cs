using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.Json;

/// <summary>YAML is read as kubectl reads it: the expected values are what kubectl 1.32 makes of the same text.</summary>
public sealed class YamlJsonTests
{
    private static readonly string[] Fragments =
    [
        "a", "b: ", "- ", "\n", "\n  ", "\n    ", "{", "}", "[", "]", ", ", ": ", "? ", "&x ", "*x", "<<: ", "!!int ", "!!binary ", "!<t> ", "!", "%YAML 1.2\n", "---\n",
        "...\n", "|", ">-", "\"", "'", "\\x41", "\\u", "#c", "1", "0x", "-", "~", "\t", "\u0085", "\u2028", "\ufeff", "é", "😀", "@", "`",
    ];

    [Theory]
    [InlineData("y", "true")]
    [InlineData("yes", "true")]
    [InlineData("on", "true")]
    [InlineData("TRUE", "true")]
    [InlineData("N", "false")]
    [InlineData("Off", "false")]
    [InlineData("tRUE", "\"tRUE\"")]
    [InlineData("\"yes\"", "\"yes\"")]
    [InlineData("'no'", "\"no\"")]
    [InlineData("~", "null")]
    [InlineData("null", "null")]
    [InlineData("", "null")]
    [InlineData("0777", "511")]
    [InlineData("0o17", "15")]
    [InlineData("0b11", "3")]
    [InlineData("0x1F", "31")]
    [InlineData("08", "8")]
    [InlineData("0x", "\"0x\"")]
    [InlineData("1_000", "1000")]
    [InlineData("1__0", "10")]
    [InlineData("_1", "\"_1\"")]
    [InlineData("+5", "5")]
    [InlineData("-5", "-5")]
    [InlineData("-0x10", "-16")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData(".5", "0.5")]
    [InlineData("+.5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("1.0", "1")]
    [InlineData(".1e2", "10")]
    [InlineData("1e3", "1000")]
    [InlineData("12e03", "12000")]
    [InlineData("1e400", "\"1e400\"")]
    [InlineData("1:30", "\"1:30\"")]
    [InlineData("2006-01-02", "\"2006-01-02\"")]
    [InlineData("2001-12-14t21:59:43.10-05:00", "\"2001-12-14t21:59:43.10-05:00\"")]
    [InlineData("1.2.3", "\"1.2.3\"")]
    [InlineData("!!str 5", "\"5\"")]
    [InlineData("!!int \"7\"", "7")]
    [InlineData("!!float 3", "3")]
    [InlineData("!!binary aGVsbG8=", "\"hello\"")]
    [InlineData("!custom x", "\"x\"")]
    [InlineData("\"a\\u00e9\"", "\"aé\"")]
    [InlineData("|\n    two\n    lines", "\"two\\nlines\\n\"")]
    [InlineData(">-\n    one\n    line", "\"one line\"")]
    [InlineData("[1, a, {b: c}]", "[1,\"a\",{\"b\":\"c\"}]")]
    public void Read_Value_IsWhatKubectlMakesOfIt(string yaml, string json)
    {
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), Read($"a: {yaml}\n")!["a"]), $"{yaml} is {Read($"a: {yaml}\n")!["a"]?.ToJsonString() ?? "null"}");
    }

    [Fact]
    public void Read_Keys_AreStrings() =>
        Assert.Equal("""{"12":"int","true":"bool","1.5":"float","false":"off"}""", Read("12: int\nyes: bool\n1.5: float\noff: \"off\"\n")!.ToJsonString());

    [Fact]
    public void Read_AnchorsAndMerges_AreFollowed()
    {
        JsonNode? node = Read("base: &b {p: 1, q: 2}\nother: &o {q: 9, r: 3}\nx: {<<: *b, q: 5}\nlist: {<<: [*b, *o]}\nagain: *b\n");

        Assert.Equal("""{"q":5,"p":1}""", node!["x"]!.ToJsonString());
        Assert.Equal("""{"p":1,"q":2,"r":3}""", node["list"]!.ToJsonString());
        Assert.Equal("""{"p":1,"q":2}""", node["again"]!.ToJsonString());
    }

    [Fact]
    public void Read_KeyTwice_LastCountsAndEachIsNamedWithItsLine()
    {
        var duplicates = new List<string>();

        JsonNode? node = YamlJson.Read("a: 1\nb:\n  c: 1\n  c: 2\na:\n  d: 1\n"u8, duplicates);

        Assert.Equal("""{"a":{"d":1},"b":{"c":2}}""", node!.ToJsonString());
        Assert.Equal(["line 4: key \"c\" already set in map", "line 6: key \"a\" already set in map"], duplicates);
    }

    [Fact]
    public void Read_SeveralDocuments_FirstOfABodyAllOfAStream()
    {
        const string Text = "a: 1\n---\n---\nb: 2\n";

        Assert.Equal("""{"a":1}""", Read(Text)!.ToJsonString());
        Assert.Equal(["""{"a":1}""", """{"b":2}"""], YamlJson.Read(new StringReader(Text)).Select(d => d.ToJsonString()));
        Assert.Null(Read(""));
    }

    [Theory]
    [InlineData("a: [", "yaml: line ")]
    [InlineData("a: b: c", "yaml: line 1: ")]
    [InlineData("a: b\n  c: d", "yaml: line 2: ")]
    [InlineData("a: .inf", "yaml: line 1: json: unsupported value: .inf")]
    [InlineData("a: *nobody", "yaml: line 1: ")]
    [InlineData("a: &x [*x]", "yaml: line 1: unknown anchor 'x' referenced, or one that contains itself")]
    [InlineData("~: x", "yaml: line 1: unsupported map key: null")]
    [InlineData("[a]: x", "yaml: line 1: a key has to be a scalar")]
    [InlineData("<<: 1", "yaml: line 1: map merge requires map or sequence of maps as the value")]
    [InlineData("a: !!int x", "yaml: line 1: cannot decode !!int `x`")]
    [InlineData("a: !!binary ~~", "yaml: line 1: !!binary value contains invalid base64 data")]
    public void Read_WhatHasNoJson_IsRefusedWithItsLine(string yaml, string message) =>
        Assert.StartsWith(message, Assert.Throws<FormatException>(() => Read(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_NoUtf8_IsRefused() => Assert.Throws<FormatException>(() => YamlJson.Read([0x61, 0x3a, 0x20, 0xff], []));

    [Fact]
    public void Read_BillionLaughs_IsRefused()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++)
        {
            text.AppendLine($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");
        }

        Assert.EndsWith("document contains excessive aliasing", Assert.Throws<FormatException>(() => Read(text.ToString())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeepNesting_IsRefused()
    {
        Assert.Contains("nested deeper than 256 levels", Assert.Throws<FormatException>(() => Read(new string('[', 300))).Message, StringComparison.Ordinal);
        Assert.NotNull(Read(new string('[', 200) + new string(']', 200)));
    }

    [Fact]
    public void Read_Json_IsYaml() => JsonTexts().Sample(text => JsonNode.DeepEquals(JsonNode.Parse(text), Read(text)));

    [Fact]
    public void Read_AnyText_IsAnsweredOrRefused() => Gen.Int[0, Fragments.Length - 1].Array[0, 14].Sample(parts =>
    {
        try
        {
            Read(string.Concat(parts.Select(i => Fragments[i])));
        }
        catch (FormatException exception)
        {
            Assert.StartsWith("yaml: ", exception.Message, StringComparison.Ordinal);
        }
    });

    private static JsonNode? Read(string yaml) => YamlJson.Read(Encoding.UTF8.GetBytes(yaml), []);

    private static Gen<string> JsonTexts()
    {
        Gen<string> text = Gen.String[Gen.Char[' ', '~'], 0, 8].Select(s => JsonValue.Create(s).ToJsonString());
        Gen<string> leaf = Gen.OneOf(text, Gen.Long.Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)), Gen.Bool.Select(b => b ? "true" : "false"), Gen.Const("null"));
        return Gen.Recursive<string>((depth, next) => depth > 3 ? leaf : Gen.OneOf(
            leaf,
            next.Array[0, 3].Select(items => $"[{string.Join(", ", items)}]"),
            Gen.Select(text, next).Array[0, 3].Select(members => $"{{{string.Join(", ", members.DistinctBy(m => m.Item1).Select(m => $"{m.Item1}: {m.Item2}"))}}}")));
    }
}
