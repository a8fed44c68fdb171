using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Hosts;

/// <summary>Keeps <c>status.sessions</c> of a <see cref="BGPPeer"/> true where the agent that wrote an entry is silent, or its Host gone.</summary>
/// <remarks>
/// Reads BGPPeer and Host. Writes entries of such hosts in BGPPeer/status, and Events, nothing else. All other entries are their agents'.
/// </remarks>
internal sealed class BgpSessionController(
    ILister<BGPPeer> peers,
    ILister<Host> hosts,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<BGPPeer>().Reads<Host>()
        .ChangesStatus<BGPPeer>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!peers.TryGet(key, out BGPPeer? peer) || peer.Status?.Sessions is not { Count: > 0 } sessions)
        {
            return ReconcileResult.Done;
        }

        var found = new Dictionary<string, Host?>(StringComparer.Ordinal);
        foreach (BGPSession session in sessions)
        {
            // An agent registers its Host before it speaks; our cache may show the session first.
            found[session.Host] = Find(session.Host) ?? await client.TryGetAsync<Host>(new ObjectKey("", session.Host), cancellationToken);
        }

        string[] outdated = [.. BgpSessionJudgement.Outdated(sessions, Known)];
        if (outdated.Length == 0)
        {
            return ReconcileResult.Done;
        }

        BGPPeer? written = await client.UpdateStatusAsync(
            peer, current => BgpSessionJudgement.Correct(current.Status ?? new BGPPeerStatus(), Known, timeProvider.GetUtcNow()), cancellationToken);
        foreach (BGPSession session in written?.Status?.Sessions?.Where(session => outdated.Contains(session.Host) && session.Reason == BgpSessionJudgement.AgentSilent) ?? [])
        {
            events.Record(written!, EventType.Warning, BgpSessionJudgement.AgentSilent, session.Message!);
        }

        return ReconcileResult.Done;

        // One that nobody asked for is another write's, which wakes us.
        Host? Known(string name) => found.TryGetValue(name, out Host? host) ? host : new Host();
    }

    /// <summary>Whether a change of a Host may make an entry untrue.</summary>
    internal static bool Matters(Host? old, Host? current) => current is null || (BgpSessionJudgement.IsSilent(current) && (old is null || !BgpSessionJudgement.IsSilent(old)));

    private Host? Find(string name) => hosts.TryGet(new ObjectKey("", name), out Host? host) ? host : null;
}
