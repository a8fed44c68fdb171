using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct translated_key</c>: a flow of a client to a NIC, whatever VIP it came by.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct TranslatedKey
{
    /// <summary>The client.</summary>
    public DatapathAddress Client;

    /// <summary>The NIC's device.</summary>
    public uint Ifindex;

    /// <summary>Ports of the client's packets, as loaded.</summary>
    public uint Ports;

    /// <summary>Protocol.</summary>
    public uint Proto;

    /// <summary>Zero.</summary>
    public uint Pad;
}
