using System.Buffers;
using System.Text;
using System.Text.Json;
using Lodestone.Api.Json;
using Lodestone.Api.Networking;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Client.Tests.Http;

public sealed class WatchFrameReaderTests
{
    [Theory]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"a"}}}""")]
    [InlineData("""{"object":{"metadata":{"name":"a"}},"extra":[{"type":"x"}],"type":"ADDED"}""")]
    public void Parse_MembersInAnyOrder_GivesTypeAndObject(string line)
    {
        WatchEvent<Network> result = Parse(line);

        Assert.Equal(WatchEventType.Added, result.Type);
        Assert.Equal("a", result.Item!.Metadata.Name);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"type":"ADDED"}""")]
    [InlineData("""{"type":"RENAMED","object":{}}""")]
    [InlineData("""{"object":{}}""")]
    [InlineData("""{"type":"ADDED","object":null}""")]
    public void Parse_NoEvent_Throws(string line) => Assert.Throws<JsonException>(() => Parse(line));

    [Fact]
    public async Task Read_EventsCutAnywhere_AreWholeAgain()
    {
        const string Line = """{"type":"MODIFIED","object":{"metadata":{"name":"größer"}}}""";
        using var stream = new TrickleStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Line + "\n\r\n", 20))));
        var names = new List<string>();
        await foreach (WatchEvent<Network> watchEvent in WatchFrameReader.ReadAsync(stream, ApiJsonContext.Default.Network, TestContext.Current.CancellationToken))
        {
            names.Add(watchEvent.Item!.Metadata.Name!);
        }

        Assert.Equal(20, names.Count);
        Assert.All(names, n => Assert.Equal("größer", n));
    }

    private static WatchEvent<Network> Parse(string line) =>
        WatchFrameReader.Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(line)), ApiJsonContext.Default.Network);

    /// <summary>Gives one to seven bytes at a time.</summary>
    private sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
    {
        private int _next;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, (_next++ % 7) + 1)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
    }
}
