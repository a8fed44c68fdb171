namespace Lodestone.Linux.Netlink;

/// <summary>What a link can do at present (RFC 2863, ifOperStatus).</summary>
public enum OperationalState
{
    /// <summary>The driver does not say; loopback, for one.</summary>
    Unknown = 0,

    /// <summary>A part of the hardware is missing.</summary>
    NotPresent = 1,

    /// <summary>No carrier, or switched off.</summary>
    Down = 2,

    /// <summary>Something below it is down.</summary>
    LowerLayerDown = 3,

    /// <summary>In a test mode.</summary>
    Testing = 4,

    /// <summary>Waiting for something outside, such as 802.1X.</summary>
    Dormant = 5,

    /// <summary>Packets pass.</summary>
    Up = 6,
}
