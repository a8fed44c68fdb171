using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Trace;

/// <summary>Names of this network namespace's devices.</summary>
internal sealed class DeviceNames(IReadOnlyDictionary<uint, string> names)
{
    /// <summary>Asks the kernel.</summary>
    public static DeviceNames Read()
    {
        using RtNetlink netlink = RtNetlink.Open();
        return new DeviceNames(netlink.GetLinks().ToDictionary(link => (uint)link.Index, link => link.Name));
    }

    /// <summary>The name of a device, or its number where there is none of that number in this namespace.</summary>
    public string Of(uint ifindex) => names.TryGetValue(ifindex, out string? name) ? name : $"device {ifindex}";
}
