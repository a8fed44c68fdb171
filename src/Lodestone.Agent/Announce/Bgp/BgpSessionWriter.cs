using System.Collections.Immutable;
using Lodestone.Agent.Status;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Publishes this host's session in the status of every BGPPeer that selects it, and takes it away where none does.</summary>
/// <remarks>
/// Writes its own entry of BGPPeer/status by server-side apply under a field manager of its own, and Events; nothing else. Never in the way of
/// BGP: it follows the latest sessions, and while the API server cannot be reached it tries again.
/// </remarks>
internal sealed partial class BgpSessionWriter(ApiClient client, ILister<BGPPeer> peers, EventRecorder events, string hostName, ILogger logger, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private readonly string _manager = GatewayEntryWriter.ManagerOf(hostName);
    private readonly Signal _changed = new();
    private ImmutableDictionary<string, BGPSession>? _latest;

    /// <summary>Takes the sessions by name of their BGPPeer.</summary>
    public void Publish(ImmutableDictionary<string, BGPSession> sessions)
    {
        Volatile.Write(ref _latest, sessions);
        _changed.Raise();
    }

    /// <summary>Writes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        while (true)
        {
            await _changed.WaitAsync(wait, time, cancellationToken);
            wait = Volatile.Read(ref _latest) is { } latest && !await WriteAllAsync(latest, cancellationToken) ? RetryInterval : Timeout.InfiniteTimeSpan;
        }
    }

    /// <summary>Takes this host's sessions away, after <see cref="RunAsync"/>: they are over. Gives up where the API server does not answer soon.</summary>
    public async Task RemoveAllAsync()
    {
        if (Volatile.Read(ref _latest) is not { IsEmpty: false })
        {
            return;
        }

        using var limit = new CancellationTokenSource(RetryInterval, time);
        try
        {
            await WriteAllAsync(ImmutableDictionary<string, BGPSession>.Empty, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // What it says of this host is out of date until an agent is back.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    /// <summary>Writes what differs; false when something has to be tried again.</summary>
    internal async Task<bool> WriteAllAsync(ImmutableDictionary<string, BGPSession> sessions, CancellationToken cancellationToken)
    {
        bool isDone = true;
        foreach (BGPPeer peer in peers.All)
        {
            BGPSession? wanted = sessions.GetValueOrDefault(peer.Metadata.Name ?? "");
            BGPSession? held = EntryIn(peer);
            if (BgpSessionReport.Same(held, wanted))
            {
                continue;
            }

            try
            {
                await WriteAsync(peer, held, wanted, cancellationToken);
            }
            catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
            {
                Log.NotWritten(logger, peer.Metadata.Name ?? "", e.Message);
                isDone = false;
            }
        }

        return isDone;
    }

    private async Task WriteAsync(BGPPeer peer, BGPSession? held, BGPSession? wanted, CancellationToken cancellationToken)
    {
        if (wanted is null)
        {
            await RemoveAsync(peer, cancellationToken);
            return;
        }

        wanted.LastTransitionTime = held?.State == wanted.State ? held.LastTransitionTime : time.GetUtcNow();
        BGPPeer? after = await ApplyAsync(peer, wanted, cancellationToken);
        if (after is not null && held?.Reason != wanted.Reason && wanted.Reason != BgpReasons.Starting)
        {
            events.Record(after, wanted.State == BGPSessionStates.Established ? EventType.Normal : EventType.Warning, wanted.Reason!, $"host {hostName}: {wanted.Message}");
        }
    }

    private Task<BGPPeer?> ApplyAsync(BGPPeer peer, BGPSession? session, CancellationToken cancellationToken) => client.ApplyStatusAsync(
        new BGPPeer
        {
            Metadata = new ObjectMeta { Name = peer.Metadata.Name, Uid = peer.Metadata.Uid },
            Status = new BGPPeerStatus { Sessions = session is null ? null : [session] },
        },
        _manager,
        cancellationToken);

    /// <summary>Takes the entry away, also where others have become its owners too.</summary>
    private Task<BGPPeer?> RemoveAsync(BGPPeer peer, CancellationToken cancellationToken) => client.UpdateStatusAsync(
        peer,
        current =>
        {
            if (current.Status?.Sessions is { } sessions && sessions.RemoveAll(s => s.Host == hostName) > 0 && sessions.Count == 0)
            {
                current.Status.Sessions = null;
            }
        },
        cancellationToken);

    private BGPSession? EntryIn(BGPPeer peer) => peer.Status?.Sessions?.Find(s => s.Host == hostName);

    private static partial class Log
    {
        [LoggerMessage(4222, LogLevel.Warning, "The session in the status of BGPPeer {Peer} could not be written: {Message}")]
        internal static partial void NotWritten(ILogger logger, string peer, string message);
    }
}
