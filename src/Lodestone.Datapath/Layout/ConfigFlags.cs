namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum config_flags</c>.</summary>
[Flags]
public enum ConfigFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Only what comes from an address in <c>underlay_sources</c> is decapsulated.</summary>
    CheckSources = 1,

    /// <summary><c>translations</c> has entries.</summary>
    Translates = 2,
}
