namespace Lodestone.Agent.Trace;

/// <summary>C's <c>enum xdp_action</c> (include/uapi/linux/bpf.h), as far as the programs use it.</summary>
internal static class XdpAction
{
    public const uint Pass = 2;
    public const uint Transmit = 3;
    public const uint Redirect = 4;
}
