using System.Diagnostics;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>How many senders of too large packets are told in a time: a bucket of 50, refilled by 1000 a second, for each CPU.</summary>
public sealed class AnswerLimitTests : IDisposable
{
    private const ulong Millisecond = 1_000_000;
    private const ulong Tick = 10 * Millisecond; // the coarse clock moves in ticks of 10 ms at the most
    private static readonly byte[] TooBig =
        PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 frag 16384 / tcp 5 > 80 A / data 1500");

    private readonly DatapathUnderTest _datapath = new();

    public AnswerLimitTests()
    {
        GoldenState state = new(_datapath);
        state.Apply("real 1 encap 2001:db8:1::1 > 2001:db8:2::1");
        state.Apply("vip 198.51.100.1 all -> 1");
    }

    [Fact]
    public void LodestoneXdp_AfterAPause_HasNoMoreThanItsBurst()
    {
        ulong start = Now();
        Fill(0);

        Assert.Equal(Verdict.TooBigReply, Run());

        ulong spent = Assert.Single(Read(), next => next != 0);
        Assert.InRange(spent, start - Tick - (49 * Millisecond), Now() - (49 * Millisecond));
    }

    [Fact]
    public void LodestoneXdp_UsedUp_DropsUntilTheTimeHasCome()
    {
        ulong later = Now() + (60_000 * Millisecond);
        Fill(later);

        Assert.Equal(Verdict.DropTooBigLimit, Run());
        Assert.All(Read(), next => Assert.Equal(later, next));
    }

    [Fact]
    public void LodestoneXdp_ManyAtOnce_AreAnsweredWithinTheRate()
    {
        ulong start = Now();
        Fill(start);
        int answered = Enumerable.Range(0, 300).Count(_ => Run() == Verdict.TooBigReply);
        ulong milliseconds = (Now() - start) / Millisecond;

        // A CPU that was not run on yet may have its burst.
        Assert.InRange((ulong)answered, 0ul, (ulong)BpfMap.PossibleCpus * (milliseconds + 1));
    }

    public void Dispose() => _datapath.Dispose();

    private static ulong Now() => (ulong)Stopwatch.GetElapsedTime(0).Ticks * 100;

    private void Fill(ulong next) => _datapath.Maps["answer_limit"].UpdatePerCpu(0u, next);

    private ulong[] Read()
    {
        ulong[] perCpu = new ulong[BpfMap.PossibleCpus];
        Assert.True(_datapath.Maps["answer_limit"].TryLookupPerCpu(0u, perCpu.AsSpan()));
        return perCpu;
    }

    private Verdict Run() => _datapath.Run("lodestone_xdp", TooBig).Verdict;
}
