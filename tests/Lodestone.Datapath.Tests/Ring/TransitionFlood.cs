namespace Lodestone.Datapath.Tests.Ring;

/// <summary>What is forged, and of whose flows.</summary>
[Flags]
internal enum TransitionFlood
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>SYNs.</summary>
    Syn = 1,

    /// <summary>Packets of established flows; with <see cref="Syn"/> behind a SYN each, as if the handshake were done.</summary>
    Ack = 2,

    /// <summary>To the VIP whose flows are watched; else to another one.</summary>
    OwnVip = 4,
}
