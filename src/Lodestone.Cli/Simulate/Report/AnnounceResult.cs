namespace Lodestone.Cli.Simulate.Report;

/// <summary>What one VIP that changes costs where a gateway announces many on its segment: microseconds, the median.</summary>
/// <param name="Vips">VIPs announced.</param>
/// <param name="SelectUs">Which VIPs are announced.</param>
/// <param name="HoldBackUs">Whether a VIP is new to all gateways.</param>
/// <param name="OwnUs">Taking note of what is answered for.</param>
/// <param name="SetUs">Taking note of what is announced.</param>
/// <param name="BurstUs">Choosing the next 64 of a take-over of all.</param>
internal sealed record AnnounceResult(int Vips, double SelectUs, double HoldBackUs, double OwnUs, double SetUs, double BurstUs);
