namespace Lodestone.Agent.Trace;

/// <summary>C's <c>TC_ACT_*</c> (include/uapi/linux/pkt_cls.h), as far as the programs use it; anything else leaves the packet to the kernel.</summary>
internal static class TcAction
{
    public const uint Shot = 2;
    public const uint Redirect = 7;
}
