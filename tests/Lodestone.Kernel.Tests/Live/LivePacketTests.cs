using Lodestone.Kernel.Tests.Packets;

namespace Lodestone.Kernel.Tests.Live;

/// <summary>Every file of tests/packets, sent to a machine that has the programs attached to its devices.</summary>
public sealed class LivePacketTests(LiveRun run, LiveTcRun inTc, ITestOutputHelper output) : IClassFixture<LiveRun>, IClassFixture<LiveTcRun>
{
    public static TheoryData<string> Cases() => [.. GoldenPacketTests.Cases().Select(c => c.Data).Except(LiveExceptions.Reasons.Keys)];

    public static TheoryData<string> CasesInTc() => [.. GoldenPacketTests.Cases().Select(c => c.Data).Except(LiveExceptions.InTc.Keys)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Packet_ThroughTheAttachedPrograms_IsAsWritten(string name)
    {
        string? failure = run.FailureOf(name);
        Assert.True(failure is null, failure);
    }

    [Theory]
    [MemberData(nameof(CasesInTc))]
    public void Packet_ThroughTcAtTheUplink_IsAsWritten(string name)
    {
        string? failure = inTc.FailureOf(name);
        Assert.True(failure is null, failure);
    }

    [Fact]
    public void Exceptions_AreCasesThatExist_AndEverythingElseRan()
    {
        string[] all = [.. GoldenPacketTests.Cases().Select(c => c.Data)];
        foreach (LiveRun each in (LiveRun[])[run, inTc])
        {
            foreach ((string name, string reason) in each.Exceptions)
            {
                output.WriteLine($"not live{(each == run ? "" : " in tc")}: {name}: {reason}");
            }

            Assert.Empty(each.Exceptions.Keys.Except(all));
            Assert.Equal(all.Length - each.Exceptions.Count, each.Ran);
        }
    }

    [Fact]
    public void Frames_InADissectorThatIsNotOurs_AreNoWorseThanWhatWasSent()
    {
        string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "captures")).FullName;
        LiveFrame[] frames = [.. run.Frames, .. inTc.Frames];
        (IReadOnlyList<string>[] sent, _) = Dissector.Look(Path.Combine(folder, "sent.pcap"), [.. frames.Select(f => f.Sent)]);
        (IReadOnlyList<string>[] caught, int good) = Dissector.Look(Path.Combine(folder, "caught.pcap"), [.. frames.Select(f => f.Caught)]);

        // What was broken on purpose stays so; everything else is whole.
        for (int i = 0; i < caught.Length; i++)
        {
            string[] made = [.. caught[i].Except(sent[i])];
            Assert.True(made.Length == 0, $"{frames[i].Case}, frame {i + 1} of {folder}/caught.pcap: {string.Join("; ", made)}");
        }

        int clean = caught.Count(faults => faults.Count == 0);
        output.WriteLine($"{caught.Length} frames caught, {clean} without any fault, {good} checksums good; {folder}");
        for (int i = 0; i < caught.Length; i++)
        {
            if (caught[i].Count > 0)
            {
                output.WriteLine($"sent so: {frames[i].Case}: {string.Join("; ", caught[i])}");
            }
        }

        Assert.InRange(clean, caught.Length * 9 / 10, caught.Length);
        Assert.InRange(good, caught.Length, int.MaxValue);
    }

    [Theory]
    [InlineData(24, "bad ip checksum")]
    [InlineData(50, "bad tcp checksum")]
    public void Dissector_DamagedFrame_IsFound(int offset, string fault)
    {
        byte[] frame = TestKit.Packets.PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 5 > 80 A / data 20");
        byte[] damaged = [.. frame];
        damaged[offset] ^= 1;
        byte[] cut = frame[..40];
        string path = Path.Combine(Directory.CreateTempSubdirectory("lodestone-pcap-").FullName, "frames.pcap");

        (IReadOnlyList<string>[] faults, int good) = Dissector.Look(path, [frame, damaged, cut]);

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Assert.Empty(faults[0]);
        Assert.Contains(fault, faults[1]);
        Assert.NotEmpty(faults[2]);
        Assert.InRange(good, 3, 4);
    }
}
