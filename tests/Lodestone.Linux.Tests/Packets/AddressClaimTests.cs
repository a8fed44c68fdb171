using System.Net;

using Lodestone.Linux.Packets;

using Xunit;

namespace Lodestone.Linux.Tests.Packets;

public class AddressClaimTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:aa");
    private static readonly IPAddress Ipv4 = IPAddress.Parse("203.0.113.5");
    private static readonly IPAddress Ipv6 = IPAddress.Parse("2001:db8:cafe::5");

    [Fact]
    public void TryParse_OurOwnAnnouncements_AreClaims()
    {
        Assert.True(AddressClaim.TryParse(GratuitousArp.BuildAnnouncement(Mac, Ipv4), out AddressClaim arp));
        Assert.Equal(new AddressClaim(Ipv4, Mac), arp);
        Assert.True(AddressClaim.TryParse(UnsolicitedNeighbourAdvertisement.Build(Mac, Ipv6), out AddressClaim advertisement));
        Assert.Equal(new AddressClaim(Ipv6, Mac), advertisement);
    }

    [Fact]
    public void TryParse_Probes_AreNone()
    {
        Assert.False(AddressClaim.TryParse(AddressProbe.Build(Mac, Ipv4), out _));
        Assert.False(AddressClaim.TryParse(AddressProbe.Build(Mac, Ipv6), out _));
    }

    [Fact]
    public void Build_Probe_AsksWithoutASender()
    {
        Assert.Equal(
            "FFFFFFFFFFFF" + "0200000000AA" + "0806" + "0001" + "0800" + "06" + "04" + "0001" + "0200000000AA" + "00000000" + "000000000000" + "CB007105",
            Convert.ToHexString(AddressProbe.Build(Mac, Ipv4)));
        Assert.Equal(
            "3333FF000005" + "0200000000AA" + "86DD"
            + "60000000" + "0018" + "3A" + "FF" + "00000000000000000000000000000000" + "FF0200000000000000000001FF000005"
            + "8700" + "81E6" + "00000000" + "20010DB8CAFE00000000000000000005",
            Convert.ToHexString(AddressProbe.Build(Mac, Ipv6)));
    }

    [Fact]
    public void BuildFrom_AskerWithAnAddress_NamesHim()
    {
        byte[] frame = AddressProbe.BuildFrom(Mac, IPAddress.Parse("fe80::aa"), Ipv6);
        Assert.Equal(
            "3333FF000005" + "0200000000AA" + "86DD"
            + "60000000" + "0020" + "3A" + "FF" + "FE8000000000000000000000000000AA" + "FF0200000000000000000001FF000005"
            + "8700" + "7F08" + "00000000" + "20010DB8CAFE00000000000000000005" + "0101" + "0200000000AA",
            Convert.ToHexString(frame));
        Assert.False(AddressClaim.TryParse(frame, out _));
        Assert.Contains(Ipv4.ToString(), Assert.Throws<ArgumentException>("address", () => AddressProbe.BuildFrom(Mac, Ipv6, Ipv4)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("asker", () => AddressProbe.BuildFrom(Mac, Ipv4, Ipv6));
    }

    [Theory]
    [InlineData(0, true)]     // unsolicited, as proxies do for anycast too: still a claim
    [InlineData(0x20, true)]
    [InlineData(0x60, true)]
    [InlineData(0x40, false)] // an answer that doesn't override: a proxy's
    public void TryParse_Advertisement_CountsByItsFlags(byte flags, bool isClaim)
    {
        byte[] frame = Advertisement(f => f[58] = flags);
        Assert.Equal(isClaim, AddressClaim.TryParse(frame, out _));
    }

    [Fact]
    public void TryParse_WhatRfc4861Forbids_IsNone()
    {
        Assert.True(AddressClaim.TryParse(Advertisement(_ => { }), out _));
        Assert.False(AddressClaim.TryParse(Advertisement(f => f[21] = 254), out _));
        Assert.False(AddressClaim.TryParse(Advertisement(f => f[55] = 1), out _));
        Assert.False(AddressClaim.TryParse(Advertisement(f => f[54] = 135), out _));
        Assert.False(AddressClaim.TryParse(Advertisement(f => f[62] = 0xff), out _));
        Assert.False(AddressClaim.TryParse(Advertisement(f => f[79] = 0), out _));
        byte[] damaged = Advertisement(_ => { });
        damaged[85] ^= 1;
        Assert.False(AddressClaim.TryParse(damaged, out _));
    }

    [Fact]
    public void TryParse_AdvertisementWithoutLinkAddress_IsItsSenders()
    {
        byte[] frame = Advertisement(f => f[78] = 14);
        Assert.True(AddressClaim.TryParse(frame, out AddressClaim claim));
        Assert.Equal(Mac, claim.LinkAddress);
    }

    [Fact]
    public void TryParse_AnyBytes_NeverFails()
    {
        var random = new Random(1);
        byte[][] seeds = [GratuitousArp.BuildAnnouncement(Mac, Ipv4), UnsolicitedNeighbourAdvertisement.Build(Mac, Ipv6)];
        for (int i = 0; i < 100_000; i++)
        {
            byte[] frame = [.. seeds[i % 2]];
            for (int changes = random.Next(4); changes >= 0; changes--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            if (AddressClaim.TryParse(frame.AsSpan(0, random.Next(frame.Length + 1)), out AddressClaim claim))
            {
                Assert.NotNull(claim.Address);
            }
        }
    }

    [Fact]
    public async Task OpenForArp_OtherEndClaims_IsHeardAndNothingElseIs()
    {
        using var network = new TestNetwork();
        using PacketSocket arp = PacketSocket.OpenForArp(network.LeftIndex, network.Left);
        using PacketSocket advertisements = PacketSocket.OpenForAdvertisements(network.LeftIndex, network.Left);
        using PacketSocket own = PacketSocket.Open(network.LeftIndex, network.Left);
        using PacketSocket sender = PacketSocket.Open(network.RightIndex, network.Right);
        own.Send(GratuitousArp.BuildAnnouncement(Mac, Ipv4));
        sender.Send(AddressProbe.Build(Mac, Ipv6));
        sender.Send(GratuitousArp.BuildAnnouncement(Mac, Ipv4));
        sender.Send(UnsolicitedNeighbourAdvertisement.Build(Mac, Ipv6));

        byte[] buffer = new byte[2048];
        Assert.Equal(Ipv4, await NextAsync(arp));
        Assert.Equal(Ipv6, await NextAsync(advertisements));

        async Task<IPAddress> NextAsync(PacketSocket socket)
        {
            while (true)
            {
                int length = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
                Assert.Equal(socket == arp ? 0x0806 : 0x86dd, (buffer[12] << 8) | buffer[13]);
                Assert.True(socket == arp || buffer[54] == 136);
                if (AddressClaim.TryParse(buffer.AsSpan(0, length), out AddressClaim claim) && claim.LinkAddress == Mac)
                {
                    return claim.Address;
                }
            }
        }
    }

    /// <summary>An announcement with a change, and the right checksum after it.</summary>
    private static byte[] Advertisement(Action<byte[]> change)
    {
        byte[] frame = UnsolicitedNeighbourAdvertisement.Build(Mac, Ipv6);
        change(frame);
        frame[56] = frame[57] = 0;
        ushort checksum = Icmpv6.Checksum(frame.AsSpan(22, 32), frame.AsSpan(54));
        frame[56] = (byte)(checksum >> 8);
        frame[57] = (byte)checksum;
        return frame;
    }
}
