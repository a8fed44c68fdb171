using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Linux.Netlink;

namespace Lodestone.Agent.Kernel;

/// <summary>This machine's devices, followed by netlink. Readers get an immutable snapshot.</summary>
internal sealed class DeviceTable(Action changed)
{
    private ImmutableDictionary<string, LocalDevice> _devices = ImmutableDictionary<string, LocalDevice>.Empty;

    /// <summary>Devices by name.</summary>
    public ImmutableDictionary<string, LocalDevice> Devices => Volatile.Read(ref _devices);

    /// <summary>A device as the desired state knows it.</summary>
    public static LocalDevice From(LinkInfo link) =>
        new(link.Name, (uint)link.Index, link.Kind == "veth", link.IsUp, link.Mtu, Macs.FromLinux(link.Address));

    /// <summary>Follows the links until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using LinkMonitor monitor = LinkMonitor.Open();
        await foreach (NetlinkChange<LinkInfo> change in monitor.WatchAsync(cancellationToken))
        {
            // A device may have been renamed: its index is what tells it apart.
            ImmutableDictionary<string, LocalDevice>.Builder devices = Devices.ToBuilder();
            devices.RemoveRange(devices.Where(device => device.Value.Index == (uint)change.Item.Index).Select(device => device.Key).ToArray());
            if (change.Kind == ChangeKind.Present)
            {
                devices[change.Item.Name] = From(change.Item);
            }

            Volatile.Write(ref _devices, devices.ToImmutable());
            changed();
        }
    }
}
