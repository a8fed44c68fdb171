using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Trace;

namespace Lodestone.Datapath.Tests.Trace;

public sealed class VerdictGuideTests
{
    [Fact]
    public void All_EveryVerdictButNone_HasMeaningAndRemedy()
    {
        Verdict[] verdicts = [.. Enum.GetValues<Verdict>().Where(verdict => verdict != Verdict.None).Order()];

        Assert.Equal(verdicts, VerdictGuide.All.Select(text => text.Verdict));
        Assert.All(VerdictGuide.All, text =>
        {
            Assert.Matches("^(VERDICT|PASS|DROP)_[A-Z_]+$", text.Name);
            Assert.EndsWith(".", text.Meaning, StringComparison.Ordinal);
            Assert.Matches("[.?]$", text.Remedy);
        });
    }

    [Fact]
    public void All_ADrop_SaysMoreThanNothing() =>
        Assert.All(VerdictGuide.All.Where(text => text.Verdict >= Verdict.DropTruncated), text => Assert.NotEqual("Nothing.", text.Remedy));

    [Theory]
    [InlineData(Verdict.Forward, VerdictKind.Forwarded)]
    [InlineData(Verdict.NicDsr, VerdictKind.Forwarded)]
    [InlineData(Verdict.EchoReply, VerdictKind.Answered)]
    [InlineData(Verdict.PassNotAVip, VerdictKind.LeftToKernel)]
    [InlineData(Verdict.DropNotAnnounced, VerdictKind.Dropped)]
    [InlineData((Verdict)255, VerdictKind.Dropped)]
    public void KindOf_Verdict_FollowsItsRange(Verdict verdict, VerdictKind expected) => Assert.Equal(expected, VerdictGuide.KindOf(verdict));

    [Fact]
    public void Of_UnknownNumber_SaysSo() => Assert.Contains("does not know", VerdictGuide.Of((Verdict)200).Meaning, StringComparison.Ordinal);
}
