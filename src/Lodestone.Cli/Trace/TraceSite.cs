namespace Lodestone.Cli.Trace;

/// <summary>Where a packet was traced.</summary>
/// <param name="Device">The uplink or the NIC's device; null where nothing is attached to an uplink.</param>
/// <param name="ProgramId">The kernel's number of the program attached to it; null where none is.</param>
/// <param name="ProgramTag">Digest of its instructions.</param>
internal sealed record TraceSite(string? Device, uint? ProgramId, string? ProgramTag)
{
    /// <summary>Number of the uplink's tc program; null where none is attached.</summary>
    public uint? HandOverId { get; init; }

    /// <summary>Digest of its instructions.</summary>
    public string? HandOverTag { get; init; }

    /// <summary>At a NIC: the NIC, as a target.</summary>
    public ulong Nic { get; init; }

    /// <summary>At a NIC: asks for the host's own route to the destination, in words; with true for that by the uplink.</summary>
    public Func<bool, string>? HostRoute { get; init; }
}
