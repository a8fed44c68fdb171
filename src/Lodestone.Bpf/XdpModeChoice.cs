namespace Lodestone.Bpf;

/// <summary>Where an XDP program is wanted to run.</summary>
public enum XdpModeChoice
{
    /// <summary>In the driver, where that is worth it; else nowhere if something else can do the work, or in the stack.</summary>
    Auto = 0,

    /// <summary>In the driver; nothing else will do.</summary>
    Native = 1,

    /// <summary>In the stack, whatever the driver can.</summary>
    Generic = 2,

    /// <summary>Nowhere: tc does the work.</summary>
    Off = 3,
}
