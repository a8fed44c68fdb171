using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.DatapathBench.Report;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>Builds all sites, loads them in turn, and removes them.</summary>
internal sealed class TrafficRun(string executable, TrafficLayout layout, int servers, int seconds, TimeProvider time, Action<string> say)
{
    public const string NewConnections = "http, new connections";
    public const string KeepAlive = "http, keep-alive";
    public const string SmallUdp = "udp, 18 bytes";

    // Of ten seconds, eight are the site's and two direct's.
    private const int LongSlice = 8;
    private const int ShortSlice = 2;
    private const int WarmUpAttempts = 8;

    private static readonly TimeSpan SourcePeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>Alternating rounds over all sites and loads.</summary>
    public async Task RoundsAsync(TrafficResult result, IReadOnlyList<string> names, IReadOnlyList<bool> wires, CancellationToken cancellationToken)
    {
        await WithSitesAsync(names, wires, async (sites, http) =>
        {
            for (int round = 0; round < result.Rounds; round++)
            {
                foreach (string load in (string[])[NewConnections, KeepAlive, SmallUdp])
                {
                    foreach (TrafficSite site in sites.Where(s => load != SmallUdp || s.TakesUdp))
                    {
                        (double perSecond, long failures) = await LoadAsync(site, load, seconds, http, cancellationToken);
                        result.Samples.Add(new TrafficSample(site.Name, site.IsWire, load, round, Math.Round(perSecond, 1), failures));
                        say($"round {round + 1}: {site.Name}{(site.IsWire ? "" : " (offloads on)")}, {load}: {perSecond:N0}/s, {failures:N0} failed");
                    }
                }
            }
        });
    }

    /// <summary>New connections to each of the sites for minutes on end, with a look at direct in between.</summary>
    public async Task MinutesAsync(TrafficResult result, IReadOnlyList<string> names, double minutes, CancellationToken cancellationToken)
    {
        await WithSitesAsync(["direct", .. names.Where(n => n != "direct")], [true], async (sites, http) =>
        {
            TrafficSite direct = sites[0];
            foreach (TrafficSite site in sites.Skip(1))
            {
                long start = time.GetTimestamp();
                while (time.GetElapsedTime(start).TotalMinutes < minutes)
                {
                    (double perSecond, long failures) = await LoadAsync(site, NewConnections, LongSlice, http, cancellationToken);
                    long? connections = site.CountConnections();
                    (double directly, _) = await LoadAsync(direct, NewConnections, ShortSlice, http, cancellationToken);
                    double at = time.GetElapsedTime(start).TotalMinutes;
                    result.Minutes.Add(new MinuteSample(site.Name, Math.Round(at, 2), Math.Round(perSecond, 1), Math.Round(directly, 1), failures, connections));
                    say($"{site.Name}, minute {at:N1}: {perSecond:N0}/s, {perSecond / directly:P0} of direct, {failures:N0} failed, {connections:N0} entries");
                }
            }
        });
    }

    /// <summary>Returns when a site answers every request.</summary>
    /// <exception cref="InvalidOperationException">It never does.</exception>
    public static async Task WarmUpAsync(TrafficSite site, HttpLoad http, TimeProvider time)
    {
        string last = "";
        for (int attempt = 0; attempt < WarmUpAttempts; attempt++)
        {
            try
            {
                (double perSecond, long failures) = await http.RunAsync(site, isNew: true, 1, CancellationToken.None);
                if (perSecond > 0 && failures == 0)
                {
                    return;
                }

                last = $"{failures} requests failed";
            }
            catch (InvalidOperationException e)
            {
                last = e.Message;
                await Task.Delay(SourcePeriod, time);
            }
        }

        throw new InvalidOperationException($"{site.Name} does not answer every request even when nothing else runs: {last}");
    }

    private async Task<(double PerSecond, long Failures)> LoadAsync(TrafficSite site, string load, int duration, HttpLoad http, CancellationToken cancellationToken)
    {
        if (load == SmallUdp)
        {
            return await UdpLoad.RunAsync(site, duration, time, cancellationToken);
        }

        Task<(double, long)> running = http.RunAsync(site, load == NewConnections, duration, cancellationToken);
        while (await Task.WhenAny(running, Task.Delay(SourcePeriod, cancellationToken)) != running)
        {
            site.NextSource();
        }

        return await running;
    }

    private async Task WithSitesAsync(IReadOnlyList<string> names, IReadOnlyList<bool> wires, Func<List<TrafficSite>, HttpLoad, Task> use)
    {
        var sites = new List<TrafficSite>();
        using var http = new HttpLoad();
        try
        {
            foreach (bool isWire in wires)
            {
                foreach (string name in names)
                {
                    TrafficSite site = await CreateAsync(name, isWire);
                    sites.Add(site);
                    await site.StartAsync(CancellationToken.None);
                }
            }

            // Servers that were started a moment ago may not listen yet; each must answer before anything counts.
            foreach (TrafficSite site in sites)
            {
                await WarmUpAsync(site, http, time);
            }

            await use(sites, http);
        }
        finally
        {
            foreach (TrafficSite site in sites)
            {
                await site.DisposeAsync();
            }
        }
    }

    private async Task<TrafficSite> CreateAsync(string name, bool isWire)
    {
        var progress = new Progress<string>();
        bool isXdp = name == LodestoneSite.XdpName;
        LabOptions options = TrafficSite.OptionsOf(layout, servers, isWire, isXdp);
        if (isXdp || name == LodestoneSite.DefaultName)
        {
            options = options with { XdpMode = isXdp ? "native" : "auto" };
            return new LodestoneSite(await DemoEnvironment.CreateAsync(progress, time, verbose: false, CancellationToken.None, executable, options), layout, isWire, name);
        }

        NetworkLab lab = await NetworkLab.CreateAsync(options, progress, CancellationToken.None);
        return name switch
        {
            "direct" => new DirectSite(lab, layout, isWire),
            "nftables" => new NftablesSite(lab, layout, isWire),
            "haproxy" => new HaproxySite(lab, layout, isWire),
            _ => throw new ArgumentException($"'{name}' is no way to the servers; there are direct, lodestone, lodestone-xdp, nftables and haproxy", nameof(name)),
        };
    }
}
