using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Linux.Netlink;

namespace Lodestone.Agent.Kernel;

/// <summary>This machine's devices, followed by netlink. Readers get an immutable snapshot.</summary>
/// <remarks>
/// Complete from the start: an agent that takes over a serving data path must not take a device it has not heard of yet for one
/// that is gone.
/// </remarks>
internal sealed class DeviceTable(Action changed)
{
    private ImmutableDictionary<string, LocalDevice> _devices = List();

    /// <summary>Devices by name.</summary>
    public ImmutableDictionary<string, LocalDevice> Devices => Volatile.Read(ref _devices);

    /// <summary>A device as the desired state knows it.</summary>
    public static LocalDevice From(LinkInfo link) =>
        new(link.Name, (uint)link.Index, link.Kind == "veth", link.IsUp, link.Mtu, Macs.FromLinux(link.Address))
        {
            HasCarrier = link.OperationalState is not (OperationalState.Down or OperationalState.LowerLayerDown or OperationalState.NotPresent),
        };

    /// <summary>Follows the links until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using LinkMonitor monitor = LinkMonitor.Open();

        // What went away before there was anybody to tell is told by nobody.
        Volatile.Write(ref _devices, List());
        changed();
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

    private static ImmutableDictionary<string, LocalDevice> List()
    {
        using RtNetlink netlink = RtNetlink.Open();
        return netlink.GetLinks().ToImmutableDictionary(link => link.Name, From);
    }
}
