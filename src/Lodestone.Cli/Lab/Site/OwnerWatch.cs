using System.Collections.Concurrent;

namespace Lodestone.Cli.Lab.Site;

/// <summary>Looks at who owns the addresses of the segment for the router, over and over, until it is disposed.</summary>
internal sealed class OwnerWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly LabSite _site;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, List<string>> _owners = new();
    private readonly Task _looking;

    /// <summary>Begins.</summary>
    public OwnerWatch(LabSite site)
    {
        _site = site;
        _looking = Task.Run(LookAsync);
    }

    /// <summary>Ends; returns the load balancers whose owner changed, and one after the other who it was.</summary>
    public async Task<IReadOnlyList<(string Balancer, IReadOnlyList<string> Owners)>> StopAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        return [.. _owners.Where(balancer => balancer.Value.Count > 1).Select(balancer => (balancer.Key, (IReadOnlyList<string>)balancer.Value)).OrderBy(balancer => balancer.Key, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _ = await StopAsync();
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (SiteBalancer balancer in _site.Balancers.Where(balancer => !balancer.IsLayer3))
            {
                List<string> owners = _owners.GetOrAdd(balancer.Name, _ => []);
                if (_site.OwnerOf(balancer.Vips[0])?.Name is { } owner && owners.LastOrDefault() != owner)
                {
                    owners.Add(owner);
                }
            }

            await Task.Delay(Interval, _site.Time, CancellationToken.None);
        }
    }
}
