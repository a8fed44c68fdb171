using System.Net.Sockets;
using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Packets;

/// <summary>Has a link let Ethernet multicast addresses through, such as those that neighbour solicitations for a VIP are sent to.</summary>
/// <remarks>
/// XDP sees only what the hardware's filter passes, and nobody joins the solicited-node group of an address that no link carries. These
/// entries are the device's own (SIOCADDMULTI): they outlive the process, adding one twice is one, and <see cref="List"/> reads them back.
/// </remarks>
public static unsafe class MulticastMembership
{
    /// <summary>Lets an address through. Does nothing when that was asked for before.</summary>
    /// <exception cref="LinuxException">No such device, it has no multicast filter, or the privilege is missing.</exception>
    public static void Add(string device, MacAddress address, NetworkNamespace? networkNamespace = null) =>
        Request(networkNamespace, device, address, LibcConstants.AddMulticast, tolerated: 0, "let through");

    /// <summary>Takes an address back. Does nothing when it is not there.</summary>
    /// <exception cref="LinuxException">No such device, or the privilege is missing.</exception>
    public static void Remove(string device, MacAddress address, NetworkNamespace? networkNamespace = null) =>
        Request(networkNamespace, device, address, LibcConstants.DeleteMulticast, tolerated: Errno.NoEntry, "take back");

    /// <summary>The addresses that were added to a device this way, by whomever.</summary>
    public static IReadOnlyList<MacAddress> List(string device, NetworkNamespace? networkNamespace = null)
    {
        // /proc/net would be the process's namespace, not the thread's.
        const string Path = "/proc/thread-self/net/dev_mcast";
        string[] lines = networkNamespace is null ? File.ReadAllLines(Path) : networkNamespace.Run(() => File.ReadAllLines(Path));

        // index, device, references, added by ioctl, address
        var addresses = new List<MacAddress>();
        foreach (string line in lines)
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 5 && fields[1] == device && fields[3] != "0" && fields[4].Length == MacAddress.Length * 2)
            {
                addresses.Add(new MacAddress(Convert.FromHexString(fields[4])));
            }
        }

        return addresses;
    }

    private static void Request(NetworkNamespace? networkNamespace, string device, MacAddress address, nuint command, int tolerated, string verb)
    {
        using SafeSocketHandle socket = SocketFactory.OpenControl(networkNamespace);
        InterfaceRequest request = InterfaceRequest.For(device);
        request.HardwareFamily = LibcConstants.AfUnspec;
        address.CopyTo(request.HardwareAddress);
        if (Libc.ioctl(socket, command, &request) != 0 && Marshal.GetLastPInvokeError() != tolerated)
        {
            throw LinuxException.ForLastError($"{verb} multicast address {address} on '{device}'");
        }
    }
}
