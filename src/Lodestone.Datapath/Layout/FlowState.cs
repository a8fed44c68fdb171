namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum flow_state</c>.</summary>
public enum FlowState : byte
{
    /// <summary>The entry is empty.</summary>
    None = 0,

    /// <summary>New in this window; only its SYN or INIT has been seen.</summary>
    Syn = 1,

    /// <summary>New in this window; its handshake has been seen.</summary>
    New = 2,

    /// <summary>Found without its start: older than this window, or UDP.</summary>
    Learnt = 3,

    /// <summary>New or learnt, and seen again in a later unit of age.</summary>
    Proven = 4,
}
