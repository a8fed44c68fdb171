using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Trace;

/// <summary>The NIC that a packet comes from, in a report.</summary>
/// <param name="NetworkInterface">Namespace and name; null where no API tells.</param>
/// <param name="Device">Its device, on the host's side.</param>
/// <param name="Network">Namespace and name of its network; null where no API tells.</param>
/// <param name="Vni">The network's number; null where the packet's source is not the NIC's.</param>
/// <param name="Addresses">The NIC's own addresses.</param>
/// <param name="Source">What the source is to the NIC, an answer's VIP where one took its place.</param>
/// <param name="AnswersFrom">The VIP that took the source's place; null: none did.</param>
internal sealed record TracedNic(
    string? NetworkInterface, string Device, string? Network, uint? Vni, IReadOnlyList<string> Addresses, NicSourceKind Source, string? AnswersFrom);
