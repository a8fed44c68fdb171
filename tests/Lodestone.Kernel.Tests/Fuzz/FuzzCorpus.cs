using System.Collections.Concurrent;
using System.Globalization;
using Lodestone.Datapath.Layout;
using Lodestone.Kernel.Tests.Packets;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>One frame, the shortest that was found, for each verdict and shape of headers. Kept in tests/packets/corpus, run first, and mutated. Thread-safe.</summary>
/// <remarks>
/// A line is a verdict, where the frame was run, and its bytes; <c>+N</c> stands for N zero bytes at the end. Frames are random: what they meet depends on the
/// configuration, so the verdict is only where the frame comes from.
/// </remarks>
internal sealed class FuzzCorpus
{
    private const int KeptBytes = 160;

    private readonly ConcurrentDictionary<uint, (FuzzPacket Packet, Verdict Verdict)> _found = new();
    private FuzzPacket[] _packets;

    private FuzzCorpus(IEnumerable<(FuzzPacket Packet, Verdict Verdict)> entries)
    {
        foreach ((FuzzPacket packet, Verdict verdict) in entries)
        {
            _found[PacketShape.Of(packet.Frame, verdict, packet.AtNic)] = (packet, verdict);
        }

        _packets = [.. _found.Values.Select(f => f.Packet)];
    }

    /// <summary>The frames to start from.</summary>
    public IReadOnlyList<FuzzPacket> Packets => _packets;

    /// <summary>Verdicts and shapes met.</summary>
    public int Count => _found.Count;

    /// <summary>Verdicts met.</summary>
    public int Verdicts => _found.Values.Select(f => f.Verdict).Distinct().Count();

    public static FuzzCorpus Load(string path) => new(File.Exists(path) ? File.ReadLines(path).Where(l => l.Length > 0 && l[0] != '#').Select(Parse) : []);

    /// <summary>Notes what a frame met.</summary>
    /// <returns>Whether nothing with this verdict and these headers was known.</returns>
    public bool Note(FuzzPacket packet, Verdict verdict)
    {
        uint shape = PacketShape.Of(packet.Frame, verdict, packet.AtNic);
        packet = packet with { Change = 0 };
        if (_found.TryGetValue(shape, out (FuzzPacket Packet, Verdict Verdict) known))
        {
            return known.Packet.Frame.Length > packet.Frame.Length && !_found.TryUpdate(shape, (packet, verdict), known);
        }

        return _found.TryAdd(shape, (packet, verdict));
    }

    /// <summary>Lets frames found lately be mutated too.</summary>
    public void Refresh() => _packets = [.. _found.ToArray().OrderBy(f => f.Key).Select(f => f.Value.Packet)];

    public void Save(string path) => File.WriteAllLines(
        path,
        [
            "# The shortest frame for each verdict and shape of headers, found by LODESTONE_UPDATE_CORPUS=1 ./test Kernel; not written by hand.",
            .. _found.OrderBy(f => f.Key).Select(f => Format(f.Value.Packet, f.Value.Verdict)),
        ]);

    private static string Format(FuzzPacket packet, Verdict verdict)
    {
        int length = Math.Min(packet.Frame.Length, KeptBytes);
        string tail = packet.Frame.Length > length ? string.Create(CultureInfo.InvariantCulture, $" +{packet.Frame.Length - length}") : string.Empty;
        return $"{verdict.ToCName()} {(packet.AtNic ? "nic" : "uplink")} {Convert.ToHexStringLower(packet.Frame.AsSpan(0, length))}{tail}";
    }

    private static (FuzzPacket Packet, Verdict Verdict) Parse(string line)
    {
        string[] words = line.Split(' ');
        byte[] frame = Convert.FromHexString(words[2]);
        byte[] zeros = words.Length > 3 ? new byte[int.Parse(words[3].AsSpan(1), CultureInfo.InvariantCulture)] : [];
        return (new FuzzPacket([.. frame, .. zeros], words[1] == "nic", true), VerdictNames.Parse(words[0]));
    }
}
