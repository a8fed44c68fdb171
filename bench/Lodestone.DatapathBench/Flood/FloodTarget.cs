namespace Lodestone.DatapathBench.Flood;

/// <summary>Where a flood goes.</summary>
internal enum FloodTarget
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>To another machine, whose device drops it: what the sender and the switch take of the CPUs.</summary>
    OtherMachine,

    /// <summary>To the machine that balances, to an address that is no VIP: the kernel there finds no route and drops it.</summary>
    NoVip,

    /// <summary>To another VIP: balanced, and dropped by its targets, which don't own it.</summary>
    OtherVip,
}
