using LinuxMac = Lodestone.Linux.MacAddress;
using MacAddress = Lodestone.Datapath.Layout.MacAddress;

namespace Lodestone.Agent.Kernel;

/// <summary>Link-layer addresses as netlink and as the maps have them.</summary>
internal static class Macs
{
    public static MacAddress FromLinux(LinuxMac mac)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Size];
        mac.CopyTo(bytes);
        return MacAddress.FromBytes(bytes);
    }

    public static LinuxMac ToLinux(MacAddress mac) => new((ReadOnlySpan<byte>)mac);
}
