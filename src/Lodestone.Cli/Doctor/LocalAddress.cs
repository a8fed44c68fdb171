using System.Net;
using System.Net.NetworkInformation;

namespace Lodestone.Cli.Doctor;

/// <summary>An address of this machine and the device it is on.</summary>
internal readonly record struct LocalAddress(string Device, IPAddress Address)
{
    /// <summary>All of them, in the network namespace of the process.</summary>
    public static IEnumerable<LocalAddress> All() =>
        from device in NetworkInterface.GetAllNetworkInterfaces()
        from unicast in device.GetIPProperties().UnicastAddresses
        select new LocalAddress(device.Name, unicast.Address);
}
