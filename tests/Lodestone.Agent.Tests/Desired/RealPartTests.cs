using CsCheck;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>Of all VIPs that have a target the first one in order counts, in whatever order they come and go.</summary>
public sealed class RealPartTests
{
    [Fact]
    public void First_AnyHistory_IsTheLeast() => Gen.Select(Gen.Int[0, 9], Gen.Bool).Array[1, 60].Sample(
        steps =>
        {
            RealPart? part = null;
            SortedSet<VipKey> vips = new(LayoutOrder.Instance);
            foreach ((int number, bool comes) in steps)
            {
                VipKey vip = new((uint)(number % 2), DatapathAddress.Parse($"198.51.100.{number}"));
                if (comes == vips.Contains(vip))
                {
                    continue;
                }

                if (!comes)
                {
                    part!.Remove(vip);
                    vips.Remove(vip);
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

                Assert.Equal(vips.Count > 0, part!.IsWanted);
                if (vips.Count > 0)
                {
                    Assert.Equal(vips.Min, part.First);
                }
            }
        });
}
