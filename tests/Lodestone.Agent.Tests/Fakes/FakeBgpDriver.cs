using System.Collections.Immutable;
using Lodestone.Agent.Announce.Bgp;

namespace Lodestone.Agent.Tests.Fakes;

/// <summary>A daemon that does at once what it is told, and remembers it.</summary>
internal sealed class FakeBgpDriver : IBgpDriver
{
    private readonly Lock _lock = new();
    private readonly List<string> _told = [];
    private BgpConfig? _config;

    /// <summary>What it says when it is asked to do something; null: it does it.</summary>
    public string? Refusal { get; set; }

    public bool FindsRouters => true;

    public bool IsRunning => Config is not null;

    public BgpConfig? Config
    {
        get
        {
            lock (_lock)
            {
                return _config;
            }
        }
    }

    /// <summary>Every change, in a word each: <c>2</c> addresses are announced, <c>2!</c> with the graceful shutdown community, <c>end</c>.</summary>
    public string Told
    {
        get
        {
            lock (_lock)
            {
                return string.Join(' ', _told);
            }
        }
    }

    public Task ApplyAsync(BgpConfig config, CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
        {
            throw new BgpException(refusal);
        }

        Tell($"{config.Prefixes.Count}{(config.IsShuttingDown ? "!" : "")}", config);
        return Task.CompletedTask;
    }

    public Task<ImmutableDictionary<string, BgpNeighborState>> ObserveAsync(CancellationToken cancellationToken) => Task.FromResult(
        (Config?.Neighbors ?? []).ToImmutableDictionary(n => n.Key, _ => new BgpNeighborState { IsEstablished = true, PrefixesAnnounced = Config!.Prefixes.Count }));

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Tell("end", null);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private void Tell(string word, BgpConfig? config)
    {
        lock (_lock)
        {
            _config = config;
            if (_told.LastOrDefault() != word)
            {
                _told.Add(word);
            }
        }
    }
}
