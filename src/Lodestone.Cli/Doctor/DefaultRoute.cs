namespace Lodestone.Cli.Doctor;

/// <summary>Which device leads to everywhere else.</summary>
internal static class DefaultRoute
{
    /// <summary>The device of the IPv4 default route, else of the IPv6 one; null if there is none.</summary>
    public static string? Device() => FromIPv4() ?? FromIPv6();

    // Iface, destination, gateway, ...; the first line is a heading.
    private static string? FromIPv4() =>
        Rows("/proc/net/route").Skip(1).FirstOrDefault(f => f.Length > 7 && f[1] == "00000000" && f[7] == "00000000")?[0];

    // Destination, its length, source, its length, next hop, metric, references, use, flags, device. The unreachable one is on lo.
    private static string? FromIPv6() =>
        Rows("/proc/net/ipv6_route").FirstOrDefault(f => f.Length > 9 && f[1] == "00" && f[0].All(c => c == '0') && f[9] != "lo")?[9];

    private static IEnumerable<string[]> Rows(string path) =>
        File.Exists(path)
            ? File.ReadLines(path).Select(l => l.Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries))
            : [];
}
