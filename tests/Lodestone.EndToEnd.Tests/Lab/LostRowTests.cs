using Lodestone.Cli.Lab.Load;

namespace Lodestone.EndToEnd.Tests.Lab;

public class LostRowTests
{
    // A letter for each packet, sent every 20 units: + answered, - lost.
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("+++++", 0, 0)]
    [InlineData("+-+++", 1, 20)]
    [InlineData("+--+-+", 3, 40)]
    [InlineData("--+++", 2, 40)]
    [InlineData("+++--", 2, 20)]
    [InlineData("-", 1, 0)]
    public void Find_Packets_CountsTheLostAndMeasuresTheLongestRow(string packets, int lost, long longest)
    {
        long[] sentAt = [.. packets.Select((_, i) => 1000L + (20 * i))];
        bool[] isAnswered = [.. packets.Select(packet => packet == '+')];

        Assert.Equal((lost, longest), LostRow.Find(sentAt, isAnswered));
    }
}
