using System.Buffers.Binary;
using Lodestone.Agent.Health;
using Xunit;

namespace Lodestone.Agent.Tests.Health;

public sealed class EchoMessageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void IsAnsweredBy_Reply_IsIt(bool isIPv6)
    {
        var echo = EchoMessage.Create(isIPv6);

        Assert.True(echo.IsAnsweredBy(ReplyTo(echo, isIPv6)));
        Assert.False(EchoMessage.Create(isIPv6).IsAnsweredBy(ReplyTo(echo, isIPv6)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void IsAnsweredBy_AnyOtherByte_IsNotIt(bool isIPv6)
    {
        var echo = EchoMessage.Create(isIPv6);
        byte[] reply = ReplyTo(echo, isIPv6);
        int header = isIPv6 ? 0 : 20;
        for (int i = header; i < reply.Length; i++)
        {
            // Of ICMPv6 the kernel has checked the checksum.
            if (isIPv6 && i is 2 or 3)
            {
                continue;
            }

            byte[] other = [.. reply];
            other[i] ^= 1;
            Assert.False(echo.IsAnsweredBy(other), $"byte {i}");
        }

        for (int length = 0; length < reply.Length; length++)
        {
            Assert.False(echo.IsAnsweredBy(reply.AsSpan(0, length)), $"{length} bytes");
        }

        Assert.False(echo.IsAnsweredBy([.. reply, 0]));
    }

    [Fact]
    public void IsAnsweredBy_OwnRequest_IsNotIt()
    {
        var echo = EchoMessage.Create(isIPv6: true);

        Assert.False(echo.IsAnsweredBy(echo.Request.Span));
    }

    [Fact]
    public void IsAnsweredBy_OptionsInTheHeader_IsIt()
    {
        var echo = EchoMessage.Create(isIPv6: false);
        byte[] reply = ReplyTo(echo, isIPv6: false);

        Assert.True(echo.IsAnsweredBy([0x46, .. reply.AsSpan(1, 19), 1, 1, 1, 0, .. reply.AsSpan(20)]));
    }

    /// <summary>As a raw socket gives it: with the IPv4 header, without that of IPv6.</summary>
    private static byte[] ReplyTo(EchoMessage echo, bool isIPv6)
    {
        byte[] message = echo.Request.ToArray();
        message[0] = (byte)(isIPv6 ? 129 : 0);
        if (isIPv6)
        {
            return message;
        }

        // RFC 1624: one word under the checksum became 0x0800 less.
        uint sum = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(2)) + 0x0800u;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)((sum & 0xffff) + (sum >> 16)));
        byte[] header = new byte[20];
        header[0] = 0x45;
        return [.. header, .. message];
    }
}
