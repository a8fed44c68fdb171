using Lodestone.Api.Meta;

namespace Lodestone.Client.Controllers;

/// <summary>Makes the world agree with one object. Level-based: it looks at what is, never at which event woke it.</summary>
public interface IReconciler
{
    /// <summary>Works on one key; never called twice at a time for the same one. An exception means: again, later.</summary>
    public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken);
}
