using Lodestone.Bpf;

namespace Lodestone.Agent;

/// <summary>How the packet programs are attached.</summary>
/// <param name="Mode">Where the uplink's XDP program runs; <see cref="XdpMode.None"/>: tc serves the uplink.</param>
/// <param name="Frags">Whether it takes packets of several buffers.</param>
/// <param name="TcFilters">Whether tc programs are filters in clsact, not tcx links.</param>
/// <param name="WhyNotNative">What the driver said, where XDP does not run in it because of that; else null.</param>
public sealed record UplinkAttachment(XdpMode Mode, bool Frags, bool TcFilters, string? WhyNotNative)
{
    /// <summary>As the Host's status lists it: <c>xdp-native</c>, <c>xdp-generic</c> or <c>xdp-off</c>, <c>xdp-frags</c>, <c>tcx</c> or <c>tc-clsact</c>.</summary>
    public IReadOnlyList<string> Features =>
        [$"xdp-{ModeName}", .. Frags ? ["xdp-frags"] : Array.Empty<string>(), TcFilters ? "tc-clsact" : "tcx"];

    /// <summary><c>native</c>, <c>generic</c> or <c>off</c>.</summary>
    public string ModeName => Mode switch
    {
        XdpMode.Generic => "generic",
        XdpMode.None => "off",
        _ => "native",
    };
}
