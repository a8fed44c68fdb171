using System.Diagnostics;
using Lodestone.Agent.Announce.Bgp.Bird;
using Lodestone.Agent.Announce.Bgp.Frr;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>The drivers there are.</summary>
internal static class BgpDrivers
{
    /// <summary>The one that was chosen; nothing is started yet.</summary>
    public static IBgpDriver Create(BgpOptions options, ILoggerFactory loggers, TimeProvider time) => options.Driver switch
    {
        BgpDriverChoice.Bird => new BirdDriver(options.StateDirectory, Start, loggers.CreateLogger<BirdDriver>(), time),
        _ => new FrrDriver(options.StateDirectory, Start, loggers.CreateLogger<FrrDriver>(), time),
    };

    private static Process Start(ProcessStartInfo info) => Process.Start(info)!;
}
