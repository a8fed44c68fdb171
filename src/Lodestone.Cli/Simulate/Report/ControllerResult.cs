namespace Lodestone.Cli.Simulate.Report;

/// <summary>What the controllers need.</summary>
/// <param name="Cache">Their caches and indexes; also a process that stands by has them.</param>
/// <param name="UnchangedUs">Microseconds to decide a routing that stays as it is; the median.</param>
/// <param name="ChangedUs">Microseconds from a network interface that changed to the routings of all who select it; the median.</param>
/// <param name="HostDied">Routings that change when a host dies.</param>
/// <param name="HostDiedMs">Milliseconds to decide all of them.</param>
/// <param name="AddressUs">Microseconds to pick an address and to learn that it is taken, over all load balancers.</param>
internal sealed record ControllerResult(CacheResult Cache, double UnchangedUs, double ChangedUs, int HostDied, double HostDiedMs, double AddressUs);
