using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

using Lodestone.Cli.Doctor;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>wrk from a site's client: a thread for each connection.</summary>
/// <remarks>
/// wrk gives all connections of a thread the same address. With fewer threads than connections a client that knows the servers would have each thread's
/// connections at one server, which answers them in batches; a balancer spreads them. That difference is not the way's, and was worth 10 to 20 % here.
/// </remarks>
internal sealed partial class HttpLoad : IDisposable
{
    private const string Script =
        """
        -- Each thread takes the next of the addresses; wrk itself gives all of them the first.
        local addresses = {}
        local threads = 0
        function setup(thread)
            if #addresses == 0 then
                for address in string.gmatch(os.getenv("TARGETS"), "[^,]+") do
                    table.insert(addresses, wrk.lookup(address, "80")[1])
                end
            end
            thread.addr = addresses[threads % #addresses + 1]
            threads = threads + 1
        end
        """;

    private const int Connections = 24;

    private readonly string _script = Path.GetTempFileName();

    public HttpLoad() => File.WriteAllText(_script, Script);

    /// <summary>Requests per second that were answered, and how many failed.</summary>
    /// <param name="site">Whose client.</param>
    /// <param name="isNew">A new connection for each request, or connections that stay.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(double PerSecond, long Failures)> RunAsync(TrafficSite site, bool isNew, int seconds, CancellationToken cancellationToken)
    {
        string wrk = ToolChecks.Find("wrk") ?? throw new InvalidOperationException("wrk is not installed; apt-get install wrk");
        var info = new ProcessStartInfo(wrk)
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "-t", Connections.ToString(CultureInfo.InvariantCulture),
                "-c", Connections.ToString(CultureInfo.InvariantCulture),
                "-d", seconds.ToString(CultureInfo.InvariantCulture) + "s",
                "-s", _script,
            },
        };
        if (isNew)
        {
            info.ArgumentList.Add("-H");
            info.ArgumentList.Add("Connection: close");
        }

        info.ArgumentList.Add($"http://{site.Addresses[0]}/");
        info.Environment["TARGETS"] = string.Join(',', site.Addresses);
        using Process process = site.Lab.Start(site.Lab.Client, info);
        string text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (PerSecond().Match(text) is not { Success: true } rate)
        {
            throw new InvalidOperationException($"wrk to {site.Name} said: {text}");
        }

        long failures = Errors().Match(text) is { Success: true } errors
            ? errors.Groups.Cast<Group>().Skip(1).Sum(g => long.Parse(g.Value, CultureInfo.InvariantCulture))
            : 0;
        failures += Refused().Match(text) is { Success: true } refused ? long.Parse(refused.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        return (double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture), failures);
    }

    public void Dispose() => File.Delete(_script);

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex Errors();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Refused();
}
