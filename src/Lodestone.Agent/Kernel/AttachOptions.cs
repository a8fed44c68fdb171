using Lodestone.Bpf;

namespace Lodestone.Agent.Kernel;

/// <summary>How programs are attached.</summary>
internal sealed record AttachOptions
{
    /// <summary>Where the uplink's XDP program runs.</summary>
    public XdpModeChoice Mode { get; init; }

    /// <summary>Attach tc programs as filters in clsact, as on a kernel without tcx.</summary>
    public bool UseTcFilters { get; init; }
}
