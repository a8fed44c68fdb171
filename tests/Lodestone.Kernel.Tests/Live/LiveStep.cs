using Lodestone.Kernel.Tests.Packets;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Live;

/// <summary>One packet of a golden case and what is expected of it.</summary>
internal sealed record LiveStep(string Case, byte[] Packet)
{
    /// <summary>A packet of the flow it belongs to.</summary>
    public byte[] Flow { get; set; } = Packet;

    public string Out { get; set; } = "unchanged";

    public string? To { get; set; }

    /// <summary>As it reaches a workload for which tc puts another destination in; null where it is <see cref="Out"/>.</summary>
    public string? Arrives { get; set; }

    public string Verdict { get; set; } = string.Empty;

    public string? Record { get; set; }

    /// <summary>The entry of its flow's client afterwards; null where the case does not say.</summary>
    public string? Client { get; set; }

    /// <summary>What the way to an outer destination is known to take afterwards.</summary>
    public string? Path { get; set; }

    /// <summary>The case's packets, and what is given before each.</summary>
    /// <exception cref="FormatException">A line has a keyword that is not known here.</exception>
    public static IEnumerable<(bool AtNic, IReadOnlyList<string> Given, LiveStep Step)> Of(GoldenCase golden)
    {
        bool atNic = false;
        List<string> given = [];
        LiveStep? step = null;
        byte[] quoted = [];
        int number = 0;
        foreach ((string keyword, string text) in golden.Lines)
        {
            if (step is not null && keyword is "at" or "given" or "in")
            {
                yield return (atNic, given, step!);
                (step, given) = (null, []);
            }

            switch (keyword)
            {
                case "at":
                    atNic = text == "nic";
                    break;
                case "given":
                    given.Add(text);
                    break;
                case "in":
                    step = new LiveStep($"{golden.Name}, packet {++number}", GoldenPacketTests.Wanted(text, [], quoted));
                    break;
                case "of" when step is null:
                    quoted = PacketText.Parse(text);
                    break;
                case "of":
                    step.Flow = PacketText.Parse(text);
                    break;
                case "out":
                    step!.Out = text;
                    break;
                case "to":
                    step!.To = text;
                    break;
                case "arrives":
                    step!.Arrives = text;
                    break;
                case "verdict":
                    step!.Verdict = text;
                    break;
                case "record":
                    step!.Record = text;
                    break;
                case "client":
                    step!.Client = text;
                    break;
                case "path":
                    step!.Path = text;
                    break;
                default:
                    throw new FormatException($"{golden.Name}: the live run does not know '{keyword}'.");
            }
        }

        yield return (atNic, given, step!);
    }
}
