namespace Lodestone.TestKit.Packets;

/// <summary>A golden case: what it shows, and its lines in the order in which they are to be done.</summary>
/// <remarks>
/// Text before the first keyword is the description. Keywords: <c>at</c> (uplink, nic, or in: the way into a NIC), <c>given</c> (state, also between packets),
/// <c>in</c>, <c>of</c> (a packet of the flow it belongs to, where it is not itself one; before <c>in</c> where that has bits of its hash: <c>flow hash</c>, <c>udp hash</c>), then what is expected of it: <c>out</c> (a packet, <c>unchanged</c> or <c>dropped</c>), <c>verdict</c>, <c>to</c> (peer or
/// device, and its number; translated: for tc to put the NIC's address in), <c>arrives</c> (a packet as the workload then gets it), <c>record</c> (the flow's entry afterwards), <c>client</c> (that of its client), <c>path</c> (what is known of a way).
/// </remarks>
public sealed class GoldenCase
{
    private static readonly HashSet<string> Keywords = ["at", "given", "in", "of", "out", "verdict", "to", "arrives", "record", "path", "client"];

    private GoldenCase(string name, string description, IReadOnlyList<(string Keyword, string Text)> lines)
    {
        Name = name;
        Description = description;
        Lines = lines;
    }

    /// <summary>The file's name without its extension.</summary>
    public string Name { get; }

    /// <summary>What the case shows.</summary>
    public string Description { get; }

    /// <summary>The lines.</summary>
    public IReadOnlyList<(string Keyword, string Text)> Lines { get; }

    /// <summary>Reads a case.</summary>
    /// <exception cref="FormatException">A line begins with no keyword, or the case has no packet, no verdict or no description.</exception>
    public static GoldenCase Load(string path)
    {
        List<string> description = [];
        List<(string, string)> lines = [];
        foreach (string line in File.ReadLines(path).Where(l => l.Length > 0))
        {
            string[] parts = line.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 2 && Keywords.Contains(parts[0]))
            {
                lines.Add((parts[0], parts[1]));
            }
            else if (lines.Count == 0)
            {
                description.Add(line);
            }
            else
            {
                throw new FormatException($"{path}: \"{line}\" begins with no keyword.");
            }
        }

        int packets = lines.Count(l => l.Item1 == "in");
        return packets > 0 && description.Count > 0 && lines.Count(l => l.Item1 == "verdict") == packets
            ? new GoldenCase(Path.GetFileNameWithoutExtension(path), string.Join(' ', description), lines)
            : throw new FormatException($"{path}: needs a description, and a verdict for each packet.");
    }
}
