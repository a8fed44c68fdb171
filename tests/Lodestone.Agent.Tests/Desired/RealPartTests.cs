using CsCheck;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>Of all VIPs that have a target the first one in order counts, in whatever order they come and go.</summary>
public sealed class RealPartTests
{
    [Fact]
    public void First_AnyHistory_IsTheLeast() => Gen.Select(Gen.Int[0, 9], Gen.Bool, Gen.Enum<Encapsulation>()).Array[1, 60].Sample(
        steps =>
        {
            RealPart? part = null;
            SortedSet<VipKey> vips = new(LayoutOrder.Instance);
            SortedDictionary<VipKey, Encapsulation> choices = new(LayoutOrder.Instance);
            foreach ((int number, bool comes, Encapsulation encapsulation) in steps)
            {
                VipKey vip = new((uint)(number % 2), DatapathAddress.Parse($"198.51.100.{number}"));
                if (comes == vips.Contains(vip))
                {
                    continue;
                }

                if (!comes)
                {
                    part!.Remove(vip);
                    part.Choose(vip, Encapsulation.Auto);
                    vips.Remove(vip);
                    choices.Remove(vip);
                }
                else if (vips.Add(vip) && part is { IsWanted: true })
                {
                    part.Add(vip);
                }
                else if (part is null)
                {
                    part = new RealPart(vip);
                }
                else
                {
                    part.Begin(vip);
                }

                if (comes)
                {
                    part!.Choose(vip, encapsulation);
                    if (encapsulation != Encapsulation.Auto)
                    {
                        choices[vip] = encapsulation;
                    }
                }

                Assert.Equal(vips.Count > 0, part!.IsWanted);
                if (vips.Count > 0)
                {
                    Assert.Equal(vips.Min, part.First);
                    Assert.Equal(choices.Count > 0 ? choices.Keys.First() : vips.Min, part.Deciding);
                    Encapsulation? decided = choices.Count > 0 ? choices.Values.First() : null;
                    Assert.Equal(choices.Where(choice => choice.Value != decided).Select(choice => (VipKey?)choice.Key).FirstOrDefault(), part.Dissenting);
                }
            }
        });
}
