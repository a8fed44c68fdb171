using System.Diagnostics;
using System.Globalization;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Live;

/// <summary>What Wireshark's dissectors, which are not ours, find wrong with frames. Each is looked at alone: nothing is reassembled.</summary>
internal static class Dissector
{
    private static readonly string[] Preferences =
    [
        "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE",
        "udp.ignore_ipv6_zero_checksum:TRUE", // tunnels may go without (RFC 6935, 5)
        "sctp.checksum:CRC-32C",
        "ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE", "tcp.analyze_sequence_numbers:FALSE",
    ];

    // DNS and mDNS are left out: golden packets to their ports carry bytes that count up.
    private static readonly string[] Checksums = ["ip", "tcp", "udp", "sctp", "icmp", "icmpv6"];

    /// <summary>The faults of each frame: <c>malformed</c>, a bad checksum by its protocol, or another of the dissectors' errors. Also counts good checksums.</summary>
    /// <exception cref="InvalidOperationException">tshark failed, or left frames out.</exception>
    public static (IReadOnlyList<string>[] Faults, int GoodChecksums) Look(string path, IReadOnlyCollection<byte[]> frames)
    {
        PcapFile.Write(path, frames);
        ProcessStartInfo info = new("tshark") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] fields = ["frame.number", "frame.protocols", "_ws.expert.severity", "_ws.expert.message", .. Checksums.Select(c => c + ".checksum.status")];
        foreach (string argument in (string[])
            ["-n", "--disable-protocol", "dns", "--disable-protocol", "mdns", "-d", "udp.port==6080,ip", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", .. fields.SelectMany(f => (string[])["-e", f])])
        {
            info.ArgumentList.Add(argument);
        }

        foreach (string preference in Preferences)
        {
            info.ArgumentList.Add("-o");
            info.ArgumentList.Add(preference);
        }

        using Process process = Process.Start(info)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        if (process.ExitCode != 0 || lines.Length != frames.Count)
        {
            throw new InvalidOperationException($"tshark read {lines.Length} of {frames.Count} frames of {path} and ended with {process.ExitCode}: {error.Result}");
        }

        int good = 0;
        IReadOnlyList<string>[] faults = [.. lines.Select(line => FaultsOf(line.Split('\t'), ref good))];
        return (faults, good);
    }

    private static List<string> FaultsOf(string[] fields, ref int goodChecksums)
    {
        // Status of a checksum: 0 bad, 1 good, 2 not looked at (as within an ICMP error). Expert severities in steps of 2 MiB: the last is an error.
        const int error = 0x00800000;
        List<string> faults = [];
        if (fields[1].Contains("malformed", StringComparison.Ordinal))
        {
            faults.Add("malformed");
        }

        string[] messages = fields[3].Split('|');
        string[] severities = fields[2].Split('|', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < severities.Length; i++)
        {
            if (int.Parse(severities[i], CultureInfo.InvariantCulture) >= error)
            {
                faults.Add(i < messages.Length ? messages[i] : "error");
            }
        }

        for (int i = 0; i < Checksums.Length; i++)
        {
            string[] statuses = fields[4 + i].Split('|');
            goodChecksums += statuses.Count(s => s is "1" or "Good");
            faults.AddRange(statuses.Where(s => s is "0" or "Bad").Select(_ => $"bad {Checksums[i]} checksum"));
        }

        // What an ICMP error quotes is cut, so that its transport checksum says nothing; tshark knows that except behind extension headers.
        if (fields[1].Contains(":icmpv6:ipv6:", StringComparison.Ordinal) || fields[1].Contains(":icmp:ip:", StringComparison.Ordinal))
        {
            faults.RemoveAll(f => f.StartsWith("Bad checksum", StringComparison.Ordinal) || f is "bad tcp checksum" or "bad udp checksum" or "bad sctp checksum");
        }

        return faults;
    }
}
