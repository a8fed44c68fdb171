namespace Lodestone.Linux.Devices;

/// <summary>A device's offloads, by the kernel's names (<c>rx-gro</c>, <c>tx-checksum-ip-generic</c>): on or off.</summary>
/// <param name="ByName">Every feature the kernel knows.</param>
public sealed record DeviceFeatures(IReadOnlyDictionary<string, bool> ByName)
{
    /// <summary>Received segments are merged in software.</summary>
    public bool GenericReceiveOffload => IsOn("rx-gro");

    /// <summary>Received segments are merged by the hardware; XDP does not go with it.</summary>
    public bool LargeReceiveOffload => IsOn("rx-lro");

    /// <summary>Received segments are merged by the hardware in a way that can be undone; XDP does not go with it on virtio.</summary>
    public bool HardwareReceiveOffload => IsOn("rx-gro-hw");

    /// <summary>Packets leave the stack without a finished checksum.</summary>
    public bool TransmitChecksum => IsOn("tx-checksum-ip-generic") || IsOn("tx-checksum-ipv4") || IsOn("tx-checksum-ipv6");

    /// <summary>TCP leaves the stack in packets larger than the MTU.</summary>
    public bool TransmitSegmentation => IsOn("tx-tcp-segmentation") || IsOn("tx-tcp6-segmentation");

    /// <summary>Whether a feature is on; false also for one that the kernel does not know.</summary>
    public bool IsOn(string name) => ByName.TryGetValue(name, out bool on) && on;
}
