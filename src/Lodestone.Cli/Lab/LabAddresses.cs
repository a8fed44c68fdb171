using System.Net;

namespace Lodestone.Cli.Lab;

/// <summary>The addresses of a machine or workload, by its number.</summary>
/// <param name="Ipv4">Its IPv4 address.</param>
/// <param name="Ipv6">Its IPv6 address.</param>
internal readonly record struct LabAddresses(IPAddress Ipv4, IPAddress Ipv6)
{
    private const int ClientNumber = 10;

    /// <summary>Those of a host on the segment; the client's are left out.</summary>
    /// <param name="number">1 and up.</param>
    public static LabAddresses OfHost(int number)
    {
        int last = number < ClientNumber ? number : number + 1;
        return new(new IPAddress([192, 0, 2, (byte)last]), IPAddress.Parse($"2001:db8:0:2::{last}"));
    }

    /// <summary>Those of a workload.</summary>
    /// <param name="number">1 to 254.</param>
    public static LabAddresses OfWorkload(int number) => new(new IPAddress([10, 0, 0, (byte)number]), IPAddress.Parse($"fd00:10::{number:x}"));
}
