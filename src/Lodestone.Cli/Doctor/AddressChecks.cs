using System.Globalization;
using System.Net;

namespace Lodestone.Cli.Doctor;

/// <summary>Whether addresses of this machine are at odds with each other or with its neighbours.</summary>
internal static class AddressChecks
{
    private const string Area = "addresses";

    // include/uapi/linux/if_addr.h
    private const int DuplicateFound = 0x08;

    /// <summary>Looks.</summary>
    public static IEnumerable<Finding> Check()
    {
        List<Finding> findings = [.. Duplicates(), .. OnTwoDevices()];
        return findings.Count > 0
            ? findings
            : [new Finding(Area, "conflicts", FindingLevel.Ok, "no address is used twice")];
    }

    // /proc/net/if_inet6: address, index, prefix length, scope, flags, device; all hexadecimal.
    private static IEnumerable<Finding> Duplicates()
    {
        if (!File.Exists("/proc/net/if_inet6"))
        {
            yield return new Finding(Area, "IPv6", FindingLevel.Broken, "IPv6 is off; targets on other machines are reached over it", "boot without ipv6.disable=1");
            yield break;
        }

        foreach (string[] fields in File.ReadLines("/proc/net/if_inet6").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            int flags = int.Parse(fields[4], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if ((flags & DuplicateFound) != 0)
            {
                var address = new IPAddress(Convert.FromHexString(fields[0]));
                yield return new Finding(
                    Area, address.ToString(), FindingLevel.Broken, $"another machine on {fields[5]} has it too (duplicate address detection failed)", "give one of the two another address");
            }
        }
    }

    private static IEnumerable<Finding> OnTwoDevices() =>
        LocalAddress.All()
            .Where(a => !a.Address.IsIPv6LinkLocal && !IPAddress.IsLoopback(a.Address))
            .GroupBy(a => a.Address)
            .Where(g => g.Select(a => a.Device).Distinct().Count() > 1)
            .Select(g => new Finding(
                Area,
                g.Key.ToString(),
                FindingLevel.Warning,
                $"on {string.Join(" and ", g.Select(a => a.Device).Distinct())}: which of them answers is up to the kernel",
                "take it from all devices but one"));
}
