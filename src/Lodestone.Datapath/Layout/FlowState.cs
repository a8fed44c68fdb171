namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum flow_state</c>.</summary>
public enum FlowState : byte
{
    /// <summary>The entry is empty.</summary>
    None = 0,

    /// <summary>New in this window; only its SYN or INIT has been seen.</summary>
    Syn = 1,

    /// <summary>New in this window and established.</summary>
    New = 2,

    /// <summary>Older than this window, kept by its previous owner.</summary>
    Learnt = 3,
}
