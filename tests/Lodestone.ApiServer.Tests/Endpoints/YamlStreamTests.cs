using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Formatting;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>JSON that comes in pieces goes out as the same YAML, and of a list little is held.</summary>
public sealed class YamlStreamTests
{
    private const string Head = """{"kind":"List","metadata":{"resourceVersion":"7","a":[1,{"b":[]}]},"none":[],"items":[""";

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(100_000)]
    [InlineData(int.MaxValue)]
    public void Write_LongList_SaysTheSameInPiecesOfAnyLength(int length)
    {
        string item = $$"""{"name":"ü\"\\","list":[[],[1,[null,true]],{}],"text":"a\nb\n","long":"{{new string('x', YamlStream.WholeLimit / 3)}}"}""";
        byte[] json = Encoding.UTF8.GetBytes($"{Head}{item},7,[{item}],{item},{{}}],\"end\":-1.50}}");

        // A value that is not complete is read again with every piece, so the shortest pieces are a thousandth.
        string yaml = Encoding.UTF8.GetString(Turn(json, Math.Max(length, json.Length / 1000)));

        JsonObject read = Assert.Single(YamlJson.Read(new StringReader(yaml)));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), read), yaml[..200]);
        Assert.StartsWith("kind: List\nmetadata:\n  a:\n  - 1\n  - b: []\n  resourceVersion: \"7\"\nnone: []\nitems:\n- list:\n", yaml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"b":{"d":1,"c":[]},"a":[{"z":"1","y":null}]}""", "a:\n- \"y\": null\n  z: \"1\"\nb:\n  c: []\n  d: 1\n")]
    [InlineData("{}", "{}\n")]
    public void Write_ShortObject_HasSortedKeys(string json, string yaml) =>
        Assert.Equal(yaml, Encoding.UTF8.GetString(Turn(Encoding.UTF8.GetBytes(json), 3)));

    [Fact]
    public void Write_ManyItems_HoldsFewAtOnce()
    {
        byte[] item = Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"a"},"data":{"a":"{{{new string('x', 60_000)}}}"}},""");
        var output = new ArrayBufferWriter<byte>();
        using var yaml = new YamlStream(output);
        int longest = 0;
        long total = 0;

        yaml.Write(Encoding.UTF8.GetBytes(Head));
        for (int i = 0; i < 1000; i++)
        {
            yaml.Write(item);
            longest = Math.Max(longest, output.WrittenCount);
            total += output.WrittenCount;
            output.ResetWrittenCount();
        }

        yaml.Write("{}]}"u8, isLast: true);
        Assert.InRange(total, 59_000_000, 65_000_000);
        Assert.InRange(longest, 1, YamlStream.WholeLimit + (128 << 10));
    }

    private static byte[] Turn(byte[] json, int length)
    {
        var output = new ArrayBufferWriter<byte>();
        using var yaml = new YamlStream(output);
        foreach (byte[] piece in json.Chunk(length))
        {
            yaml.Write(piece);
        }

        yaml.Write([], isLast: true);
        return output.WrittenSpan.ToArray();
    }
}
