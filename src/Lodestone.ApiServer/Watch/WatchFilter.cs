using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Watch;

/// <summary>What of a resource's events one watcher wants, and what they are to it.</summary>
internal sealed class WatchFilter(ResourceRequest request, ListOptions options)
{
    private readonly bool _wantsAll = request.Namespace.Length == 0 && request.Info.Name.Length == 0 && options.SelectsAll;

    /// <summary>The objects that are wanted.</summary>
    public List<StoredObject> Select(StoreSnapshot snapshot)
    {
        (string from, string? to) = ListEndpoint.Range(request.Namespace);
        var items = new List<StoredObject>();
        foreach (StoredObject item in snapshot.Objects.Between(from, to))
        {
            if (IsWanted(item))
            {
                items.Add(item);
            }
        }

        return items;
    }

    /// <summary>Writes the event as this watcher sees it: an object that begins to be selected is added, one that ceases to be is deleted.</summary>
    public void Write(WatchStream stream, StoreEvent item)
    {
        if (_wantsAll)
        {
            stream.Write(item.Kind, item.Object);
            return;
        }

        bool isWanted = item.Kind != StoreEventKind.Deleted && IsWanted(item.Object);
        bool wasWanted = item.Previous is not null && IsWanted(item.Previous);
        if (isWanted)
        {
            stream.Write(wasWanted ? StoreEventKind.Modified : StoreEventKind.Added, item.Object);
        }
        else if (wasWanted)
        {
            stream.Write(StoreEventKind.Deleted, item.Kind == StoreEventKind.Deleted ? item.Object : item.Left);
        }
    }

    private bool IsWanted(StoredObject item) =>
        _wantsAll
        || ((request.Namespace.Length == 0 || item.Summary.Namespace == request.Namespace)
            && (request.Info.Name.Length == 0 || item.Summary.Name == request.Info.Name)
            && options.Labels.Matches(item.Summary)
            && options.Fields.Matches(item));
}
