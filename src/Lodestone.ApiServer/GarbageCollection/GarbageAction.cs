using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>What is to be done about an object.</summary>
/// <param name="Step">What.</param>
/// <param name="Item">The object it was decided upon; nothing is done when it has changed since.</param>
internal sealed record GarbageAction(GarbageStep Step, StoredObject Item)
{
    /// <summary>Of a deletion: Background, Foreground or Orphan.</summary>
    public string Policy { get; init; } = "";

    /// <summary>Of dropped references: the owners' uids.</summary>
    public IReadOnlyCollection<string> Uids { get; init; } = [];

    /// <summary>Of a released object: the finalizer that goes.</summary>
    public string Finalizer { get; init; } = "";
}
