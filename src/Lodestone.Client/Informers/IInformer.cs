using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.Client.Informers;

/// <summary>What all informers have in common, whatever their kind.</summary>
public interface IInformer
{
    /// <summary>The kind that is watched.</summary>
    public ResourceDefinition Definition { get; }

    /// <summary>Whether the first complete list is in.</summary>
    public bool HasSynced { get; }

    /// <summary>Time since the server was last heard of: an event, a bookmark or a complete list.</summary>
    public TimeSpan Age { get; }

    /// <summary>Why the last attempt to list or watch failed; null once the server was heard of again.</summary>
    public string? Failure { get; }

    /// <summary>Every object at present.</summary>
    public IReadOnlyCollection<KubernetesObject> Objects { get; }

    /// <summary>Waits until <see cref="HasSynced"/>.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until a complete list is in that was begun at or after <paramref name="since"/>, a timestamp of the time provider; has one made where
    /// there was none. A cache that followed by watches may be behind, by how much nobody knows; afterwards it shows all that was written before.
    /// </summary>
    public Task RefreshAsync(long since, CancellationToken cancellationToken = default);

    /// <summary>Has a handler called with (old, new) for every change; see <see cref="SharedInformer{T}.AddHandler"/>.</summary>
    public void AddObjectHandler(Action<KubernetesObject?, KubernetesObject?> onChange);

    /// <summary>Lists and watches until cancelled. Failures are retried, never thrown.</summary>
    public Task RunAsync(CancellationToken cancellationToken);
}
