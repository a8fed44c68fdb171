using System.Globalization;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Metrics;
using Lodestone.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Watch;

/// <summary>Watches: the events of a resource, in order, each once, until the client has had enough or falls too far behind.</summary>
/// <remarks>
/// A watcher is a cursor into the store's history. It sends the bytes that the write itself made, or those that the first
/// watcher who wants the event as a table or as metadata made of it.
/// </remarks>
internal sealed class WatchEndpoint(IObjectStore store, ListEndpoint lists, TimeProvider time, WatchOptions watchOptions, ServerMetrics metrics)
{
    /// <summary>Answers a watch request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="stopping">Ends all watches when the server stops.</param>
    public async Task HandleAsync(ResourceRequest request, CancellationToken stopping)
    {
        ListOptions options = ListOptions.Parse(request, isWatch: true);
        // The bookmark that ends the initial events cannot be told in a table.
        var negotiation = Negotiation.Of(request.Http.Request, isList: false, isWatch: true, allowsTable: options.SendInitialEvents != true);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted, stopping);
        TimeSpan lifetime = options.Timeout is { } timeout && timeout > TimeSpan.Zero ? timeout : watchOptions.RandomLifetime();
        var filter = new WatchFilter(request, options);
        WatchStart start = await StartAsync(request, options, filter, ending.Token);

        HttpResponse response = request.Http.Response;
        response.StatusCode = 200;
        response.ContentType = "application/json";
        var stream = new WatchStream(response.BodyWriter, request.Registry, negotiation, watchOptions.Encodings, metrics.WatchEvents(request.Info), time, watchOptions.WriteTimeout);
        try
        {
            // Headers go out at once: clients wait for them before they wait for events. They are no bytes of the stream's, which
            // would find nothing to flush.
            await response.StartAsync(ending.Token);
            await response.BodyWriter.FlushAsync(ending.Token);
            if (start.Failure is not null)
            {
                stream.WriteError(start.Failure);
                await stream.FlushAsync(ending.Token);
                return;
            }

            await SendInitialAsync(stream, start, options, ending.Token);
            await SendEventsAsync(stream, start, filter, options, lifetime, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The client left, or the server stops: the stream ends.
        }
        catch (TimeoutException)
        {
            // The client does not read: it loses the connection, and resumes from the last version it has.
            request.Http.Abort();
        }
    }

    private async Task<WatchStart> StartAsync(ResourceRequest request, ListOptions options, WatchFilter filter, CancellationToken cancellationToken)
    {
        long version = options.ResourceVersion ?? 0;
        if (version > 0)
        {
            try
            {
                await lists.WaitAsync(version, cancellationToken);
            }
            catch (ApiException failure)
            {
                return new WatchStart(version, null, null, failure);
            }
        }

        bool beginsWithState = options.SendInitialEvents ?? version == 0;
        List<StoredObject>? initial = null;
        if (beginsWithState || version == 0)
        {
            StoreSnapshot snapshot = request.Registry.Read();
            version = snapshot.ResourceVersion;
            initial = beginsWithState ? filter.Select(snapshot) : null;
        }

        return store.TryWatch(request.Registry.StoreName, version, out EventCursor cursor)
            ? new WatchStart(version, initial, cursor, null)
            : new WatchStart(version, null, null, TooOld(version, store.HeldSince(request.Registry.StoreName)));
    }

    private static ApiException TooOld(long version, long heldSince) =>
        ApiErrors.Expired(string.Create(CultureInfo.InvariantCulture, $"too old resource version: {version} ({heldSince})"));

    private static async Task SendInitialAsync(WatchStream stream, WatchStart start, ListOptions options, CancellationToken cancellationToken)
    {
        if (start.Initial is null)
        {
            return;
        }

        foreach (StoredObject item in start.Initial)
        {
            stream.Write(StoreEventKind.Added, item);
            await stream.FlushIfFullAsync(cancellationToken);
        }

        if (options.AllowBookmarks)
        {
            stream.WriteBookmark(start.ResourceVersion, endsInitialEvents: true);
        }

        await stream.FlushAsync(cancellationToken);
    }

    private async Task SendEventsAsync(
        WatchStream stream, WatchStart start, WatchFilter filter, ListOptions options, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        EventCursor cursor = start.Cursor!;
        DateTimeOffset began = time.GetUtcNow();
        DateTimeOffset end = began + lifetime;
        DateTimeOffset lastBookmark = end - watchOptions.BookmarkBeforeEnd;
        DateTimeOffset nextBookmark = options.AllowBookmarks ? began + watchOptions.BookmarkEvery : DateTimeOffset.MaxValue;
        if (options.AllowBookmarks && lastBookmark > began && lastBookmark < nextBookmark)
        {
            nextBookmark = lastBookmark;
        }

        while (true)
        {
            // In this order: what is appended after the signal was taken completes it, and what is not read by then is newer than the version.
            Task appended = cursor.Appended;
            long version = store.ResourceVersion;
            while (cursor.TryRead(out StoreEvent item))
            {
                filter.Write(stream, item);
                await stream.FlushIfFullAsync(cancellationToken);
            }

            DateTimeOffset now = time.GetUtcNow();
            if (cursor.IsTooSlow || now >= end)
            {
                await stream.FlushAsync(cancellationToken);
                return;
            }

            if (now >= nextBookmark)
            {
                stream.WriteBookmark(version, endsInitialEvents: false);
                nextBookmark = now < lastBookmark && now + watchOptions.BookmarkEvery > lastBookmark ? lastBookmark
                    : now >= lastBookmark ? DateTimeOffset.MaxValue
                    : now + watchOptions.BookmarkEvery;
            }

            await stream.FlushAsync(cancellationToken);
            await WaitAsync(appended, (nextBookmark < end ? nextBookmark : end) - now, cancellationToken);
        }
    }

    private async Task WaitAsync(Task appended, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await appended.WaitAsync(atMost, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Time for a bookmark, or for the end.
        }
    }

    private sealed record WatchStart(long ResourceVersion, List<StoredObject>? Initial, EventCursor? Cursor, ApiException? Failure);
}
