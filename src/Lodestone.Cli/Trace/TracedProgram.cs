using Lodestone.Datapath.Model;

namespace Lodestone.Cli.Trace;

/// <summary>Which program was run and how, in a report.</summary>
/// <param name="Device">Where the packet comes in: the uplink, or a NIC's device; null where nothing is attached to an uplink.</param>
/// <param name="Id">The kernel's number of the attached one.</param>
/// <param name="Tag">Digest of its instructions.</param>
/// <param name="CopyTag">Digest of those that were run on the copy.</param>
/// <param name="IsSame">Whether both are the same instructions.</param>
/// <param name="RanAttached">Whether the attached one was run on the maps themselves too.</param>
/// <param name="Action">What was made of the frame.</param>
/// <param name="IsConsistent">Whether the program, its model and, where it ran, the attached program agree on it, byte for byte.</param>
internal sealed record TracedProgram(
    string? Device, uint? Id, string? Tag, string CopyTag, bool IsSame, bool RanAttached, PacketAction Action, bool IsConsistent);
