namespace Lodestone.DatapathBench.Traffic;

/// <summary>Where the servers are.</summary>
internal enum TrafficLayout
{
    /// <summary>On the machine that balances: all ways have the same cables.</summary>
    Local,

    /// <summary>On another one: whoever balances adds a machine to the way, direct does not.</summary>
    Remote,
}
