using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Tables;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>The objects that a list shows, in order, and what it says about itself.</summary>
/// <param name="Items">The objects; of a list without a limit they are found while they are enumerated, which may be done once.</param>
/// <param name="Metadata">Version and, of a page, where the next one begins.</param>
internal readonly record struct ListSelection(IEnumerable<StoredObject> Items, ListMetadata Metadata)
{
    /// <summary>The objects of a snapshot that options ask for.</summary>
    /// <exception cref="ApiException">400, the continue token is of another list.</exception>
    public static ListSelection Of(ResourceRequest request, ListOptions options, StoreSnapshot snapshot)
    {
        (string from, string? to) = ListEndpoint.Range(request.Namespace);
        if (options.Continue is { } token)
        {
            if (string.CompareOrdinal(token.After, from) < 0 || (to is not null && string.CompareOrdinal(token.After, to) >= 0))
            {
                throw ApiErrors.BadRequest("invalid continue token: continue key is not valid: it belongs to another list");
            }

            // The smallest key after the one the page before ended with.
            from = token.After + "\0";
        }

        ObjectMap objects = snapshot.Objects;
        if (KeyOf(request, options) is { } key)
        {
            // At most one object: no scan. A continue token stands behind it or before it.
            StoredObject? only = string.CompareOrdinal(key, from) >= 0 ? objects.Find(key) : null;
            return new ListSelection(
                only is not null && options.Labels.Matches(only.Summary) && options.Fields.Matches(only) ? [only] : [],
                new ListMetadata(snapshot.ResourceVersion));
        }

        if (options.Limit == 0)
        {
            return new ListSelection(Matching(objects, from, to, options), new ListMetadata(snapshot.ResourceVersion));
        }

        var items = new List<StoredObject>(Math.Min(options.Limit, 1024));
        foreach (StoredObject item in objects.Between(from, to))
        {
            if (options.Labels.Matches(item.Summary) && options.Fields.Matches(item))
            {
                if (items.Count == options.Limit)
                {
                    string last = items[^1].Key;
                    long? remaining = options.SelectsAll ? (to is null ? objects.Count : objects.Rank(to)) - objects.Rank(last) - 1 : null;
                    var next = new ContinueToken(snapshot.ResourceVersion, last);
                    return new ListSelection(items, new ListMetadata(snapshot.ResourceVersion, next.Encode(), remaining));
                }

                items.Add(item);
            }
        }

        return new ListSelection(items, new ListMetadata(snapshot.ResourceVersion));
    }

    /// <summary>The key of the only object that can be selected, or null when there may be several.</summary>
    private static string? KeyOf(ResourceRequest request, ListOptions options)
    {
        if (options.Fields.Name is not { } name)
        {
            return null;
        }

        if (!request.Resource.IsNamespaced)
        {
            return name;
        }

        string? ns = request.Namespace.Length > 0 ? request.Namespace : options.Fields.Namespace;
        return ns is null ? null : $"{ns}/{name}";
    }

    private static IEnumerable<StoredObject> Matching(ObjectMap objects, string from, string? to, ListOptions options)
    {
        bool selectsAll = options.SelectsAll;
        foreach (StoredObject item in objects.Between(from, to))
        {
            if (selectsAll || (options.Labels.Matches(item.Summary) && options.Fields.Matches(item)))
            {
                yield return item;
            }
        }
    }
}
