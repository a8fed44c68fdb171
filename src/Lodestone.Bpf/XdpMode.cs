namespace Lodestone.Bpf;

/// <summary>Where an XDP program runs.</summary>
public enum XdpMode
{
    /// <summary>Not attached.</summary>
    None = 0,

    /// <summary>In the driver, before a socket buffer is made.</summary>
    Native = 1,

    /// <summary>In the network stack, since the driver has no XDP: works, but slowly.</summary>
    Generic = 2,

    /// <summary>In the card.</summary>
    Offloaded = 3,

    /// <summary>More than one at once.</summary>
    Several = 4,
}
