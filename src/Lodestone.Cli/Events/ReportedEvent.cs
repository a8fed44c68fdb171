using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>What <c>lodestone events -o json</c> prints, a line for each.</summary>
/// <param name="Time">When, in UTC.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Number">Number of the verdict.</param>
/// <param name="Verdict">Its name.</param>
/// <param name="Meaning">What became of the packet, and why.</param>
/// <param name="Remedy">What to do about it; null of a packet that was sent to a target.</param>
/// <param name="Device">The device it came in at.</param>
/// <param name="Protocol">As in <c>tcp</c>, or its number; null where the packet is not IP, or too short to tell.</param>
/// <param name="Source">Address and, where there is one, port.</param>
/// <param name="Destination">Likewise.</param>
/// <param name="Bytes">From the IP header on.</param>
/// <param name="Vip">The VIP it was for; null where it was for none.</param>
/// <param name="VipId">Its number in the maps.</param>
/// <param name="Network">VNI of its network; 0 is the public one.</param>
/// <param name="LoadBalancer">Namespace and name; null where no API tells.</param>
/// <param name="Slot">Slot of its ring.</param>
/// <param name="Target">Where it was sent; null of a dropped one.</param>
/// <param name="Path">How the target was found.</param>
internal sealed record ReportedEvent(
    DateTimeOffset Time,
    EventKind Kind,
    int Number,
    string Verdict,
    string Meaning,
    string? Remedy,
    string Device,
    string? Protocol,
    string? Source,
    string? Destination,
    uint Bytes,
    string? Vip,
    uint? VipId,
    uint? Network,
    string? LoadBalancer,
    uint? Slot,
    ReportedTarget? Target,
    EventPath? Path);
