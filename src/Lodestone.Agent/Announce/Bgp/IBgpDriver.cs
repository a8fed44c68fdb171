using System.Collections.Immutable;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>A program that speaks BGP. It runs in processes of its own, which outlive the agent. Not thread-safe.</summary>
public interface IBgpDriver : IDisposable
{
    /// <summary>
    /// Makes the daemon do as told; starts it where it does not run. Idempotent: what is as it should be is not touched, also what an agent
    /// before this one has left.
    /// </summary>
    /// <exception cref="BgpException">It is missing or refused; what it announced before it may announce still.</exception>
    public Task ApplyAsync(BgpConfig config, CancellationToken cancellationToken);

    /// <summary>What becomes of the sessions, by <see cref="BgpNeighbor.Key"/>. Only neighbours that the daemon knows are in it.</summary>
    /// <exception cref="BgpException">It does not answer.</exception>
    public Task<ImmutableDictionary<string, BgpNeighborState>> ObserveAsync(CancellationToken cancellationToken);

    /// <summary>Whether it finds routers by their advertisements (<see cref="BgpNeighbor.Interface"/>).</summary>
    public bool FindsRouters { get; }

    /// <summary>Whether a daemon runs, also one that an agent before this one has left.</summary>
    public bool IsRunning { get; }

    /// <summary>Ends sessions and daemon. Nothing happens where none runs.</summary>
    /// <exception cref="BgpException">It does not end.</exception>
    public Task StopAsync(CancellationToken cancellationToken);
}
