namespace Lodestone.Agent.Kernel;

/// <summary>What serves an uplink best, where nobody has said.</summary>
internal enum UplinkHook
{
    /// <summary>XDP in the driver; tc where the driver has none.</summary>
    Xdp,

    /// <summary>tc: the device's packets are socket buffers from the beginning, so XDP costs more than it saves.</summary>
    Tc,

    /// <summary>XDP, in the stack if need be: tc can't do what is asked for.</summary>
    XdpOnly,
}
