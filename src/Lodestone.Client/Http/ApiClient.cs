using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Config;
using Lodestone.Client.Diagnostics;

namespace Lodestone.Client.Http;

/// <summary>Typed access to a Kubernetes API. Thread safe; one per process is enough.</summary>
/// <remarks>
/// A refusal is an <see cref="ApiException"/> with the server's Status; a server that can't be reached is an
/// <see cref="HttpRequestException"/>, one that doesn't answer in time a <see cref="TimeoutException"/>. Nothing is retried here.
/// </remarks>
public sealed class ApiClient : IDisposable
{
    private const int UpdateAttempts = 8;

    private readonly HttpClient _http;
    private readonly HttpMessageHandler _handler;
    private readonly KubeConfig? _config;
    private readonly ApiClientOptions _options;
    private readonly TimeProvider _time;

    /// <summary>A client for the server a kubeconfig names.</summary>
    public ApiClient(KubeConfig config, ApiClientOptions? options = null, TimeProvider? timeProvider = null)
        : this(HttpHandlers.Create(config, timeProvider ?? TimeProvider.System), config.Server, options, timeProvider)
    {
        DefaultNamespace = config.Namespace;
        _config = config;
    }

    /// <summary>A client over the caller's own transport, which it disposes.</summary>
    public ApiClient(HttpMessageHandler handler, Uri server, ApiClientOptions? options = null, TimeProvider? timeProvider = null)
    {
        _options = options ?? new ApiClientOptions();
        _time = timeProvider ?? TimeProvider.System;
        _handler = handler;
        _http = HttpHandlers.CreateClient(handler, server, _options.UserAgent);
    }

    private ApiClient(ApiClient other, HttpMessageHandler handler, bool disposeHandler)
    {
        _options = other._options;
        _time = other._time;
        _handler = handler;
        _http = HttpHandlers.CreateClient(handler, other.Server, _options.UserAgent, disposeHandler);
        DefaultNamespace = other.DefaultNamespace;
        Reach = other.Reach;
    }

    /// <summary>The namespace of the kubeconfig's context.</summary>
    public string DefaultNamespace { get; } = "default";

    /// <summary>Whether the server is heard of.</summary>
    internal ApiReach Reach { get; } = new();

    /// <summary>The server's base address.</summary>
    public Uri Server => _http.BaseAddress!;

    /// <summary>The same API with something between: a handler around all requests, and a stream around each connection.</summary>
    /// <param name="handler">Wraps the handler that sends.</param>
    /// <param name="transport">Wraps each connection, below TLS. A client that was made over a transport of the caller's has that one only, unwrapped.</param>
    internal ApiClient Behind(Func<HttpMessageHandler, HttpMessageHandler> handler, Func<Stream, Stream> transport) =>
        _config is null
            ? new ApiClient(this, handler(_handler), disposeHandler: false)
            : new ApiClient(this, handler(HttpHandlers.Create(_config, _time, transport)), disposeHandler: true);

    /// <summary>Reads an object.</summary>
    public Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken = default)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        return SendAsync(HttpMethod.Get, definition, key, null, ResourcePath.Of(definition, key.Namespace, key.Name, null), null, TypeOf<T>(definition), cancellationToken);
    }

    /// <summary>Reads an object; null where it doesn't exist.</summary>
    public async Task<T?> TryGetAsync<T>(ObjectKey key, CancellationToken cancellationToken = default)
        where T : KubernetesObject
    {
        try
        {
            return await GetAsync<T>(key, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Whether the API serves a kind, as its discovery document says.</summary>
    public async Task<bool> IsServedAsync(ResourceDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        string path = $"{(definition.Group.Length == 0 ? "api" : "apis")}/{definition.ApiVersion}";
        try
        {
            using HttpResponseMessage response = await RequestAsync(HttpMethod.Get, definition, new ObjectKey("", ""), null, path, null, cancellationToken);
            await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            using JsonDocument document = await JsonDocument.ParseAsync(stream, default, cancellationToken);
            return document.RootElement.TryGetProperty("resources", out JsonElement resources)
                && resources.EnumerateArray().Any(r => r.TryGetProperty("name", out JsonElement name) && name.ValueEquals(definition.Plural));
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Reads one page of a collection.</summary>
    public async Task<KubernetesList<T>> ListPageAsync<T>(ListOptions options, CancellationToken cancellationToken = default)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        string path = ResourcePath.Of(
            definition,
            options.Namespace,
            null,
            null,
            ("labelSelector", options.LabelSelector),
            ("fieldSelector", options.FieldSelector),
            ("limit", options.Limit?.ToString(CultureInfo.InvariantCulture)),
            ("continue", options.Continue),
            ("resourceVersion", options.ResourceVersion));
        var typeInfo = (JsonTypeInfo<KubernetesList<T>>)ApiJsonContext.Default.GetTypeInfo(typeof(KubernetesList<T>))!;
        KubernetesList<T> page = await SendAsync(HttpMethod.Get, definition, new ObjectKey(options.Namespace ?? "", ""), null, path, null, typeInfo, cancellationToken);
        foreach (T item in page.Items)
        {
            // A real API server leaves these out of the items of a list.
            item.ApiVersion ??= definition.ApiVersion;
            item.Kind ??= definition.Kind;
        }

        return page;
    }

    /// <summary>Reads a whole collection, page by page.</summary>
    public async Task<List<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken = default)
        where T : KubernetesObject
    {
        var items = new List<T>();
        ListOptions next = options with { Limit = options.Limit ?? 500 };
        while (true)
        {
            KubernetesList<T> page = await ListPageAsync<T>(next, cancellationToken);
            items.AddRange(page.Items);
            if (string.IsNullOrEmpty(page.Metadata.Continue))
            {
                return items;
            }

            next = next with { Continue = page.Metadata.Continue, ResourceVersion = null };
        }
    }

    /// <summary>Creates an object; returns it as the server completed it.</summary>
    public Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : KubernetesObject
    {
        ResourceDefinition definition = Complete(obj);
        string path = ResourcePath.Of(definition, obj.Metadata.Namespace, null, null, ("fieldManager", _options.FieldManager));
        return SendAsync(HttpMethod.Post, definition, obj.Key, null, path, Json(obj, TypeOf<T>(definition)), TypeOf<T>(definition), cancellationToken);
    }

    /// <summary>Replaces an object of the given resource version. Fields that the C# type doesn't know are lost; prefer <see cref="UpdateAsync{T}(T, Action{T}, CancellationToken)"/>.</summary>
    public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : KubernetesObject => ReplaceAsync(obj, null, cancellationToken);

    /// <summary>Replaces the status of an object of the given resource version.</summary>
    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : KubernetesObject => ReplaceAsync(obj, "status", cancellationToken);

    /// <summary>Patches an object.</summary>
    public Task<T> PatchAsync<T>(ObjectKey key, PatchType type, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken = default)
        where T : KubernetesObject => PatchAsync<T>(ResourceDefinitions.Of<T>(), key, null, type, patch, cancellationToken);

    /// <summary>Patches an object's status.</summary>
    public Task<T> PatchStatusAsync<T>(ObjectKey key, PatchType type, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken = default)
        where T : KubernetesObject => PatchAsync<T>(ResourceDefinitions.Of<T>(), key, "status", type, patch, cancellationToken);

    /// <summary>Patches an object of a kind known only at run time.</summary>
    public async Task PatchAsync(ResourceDefinition definition, ObjectKey key, PatchType type, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken = default)
    {
        string path = ResourcePath.Of(definition, key.Namespace, key.Name, null, ("fieldManager", _options.FieldManager));
        using HttpResponseMessage response = await RequestAsync(HttpMethod.Patch, definition, key, null, path, Content(type, patch), cancellationToken);
    }

    /// <summary>
    /// Changes an object: computes what <paramref name="change"/> does to it and sends only that, for exactly the version that was
    /// seen. When somebody else was faster the object is read and changed again.
    /// </summary>
    /// <param name="seen">The object as last seen, perhaps from a cache; it is not modified.</param>
    /// <param name="change">Modifies a copy. It may run several times, on newer states.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The object after the change, or unchanged where there was nothing to do; null: it is gone, or another took its name.</returns>
    public Task<T?> UpdateAsync<T>(T seen, Action<T> change, CancellationToken cancellationToken = default)
        where T : KubernetesObject => UpdateAsync(seen, change, null, cancellationToken);

    /// <summary>As <see cref="UpdateAsync{T}(T, Action{T}, CancellationToken)"/>, for the status subresource.</summary>
    public Task<T?> UpdateStatusAsync<T>(T seen, Action<T> change, CancellationToken cancellationToken = default)
        where T : KubernetesObject => UpdateAsync(seen, change, "status", cancellationToken);

    /// <summary>
    /// Applies a status: what <paramref name="obj"/> has in it is the manager's from now on, also where others owned it, and what the
    /// manager applied before and no longer does goes. Never meets a conflict, and never creates the object.
    /// </summary>
    /// <param name="obj">Name, namespace and status. With a UID it must be that object's, where the server checks it: not for custom resources of Kubernetes 1.20.</param>
    /// <param name="manager">Who applies; each manager owns its own fields.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The object after the write; null: it is gone, or another took its name.</returns>
    public async Task<T?> ApplyStatusAsync<T>(T obj, string manager, CancellationToken cancellationToken = default)
        where T : KubernetesObject
    {
        ResourceDefinition definition = Complete(obj);
        string path = ResourcePath.Of(definition, obj.Metadata.Namespace, obj.Metadata.Name, "status", ("fieldManager", manager), ("force", "true"));
        JsonObject body = JsonSerializer.SerializeToNode(obj, TypeOf<T>(definition))!.AsObject();
        body.Remove("spec");
        ByteArrayContent content = Content(PatchType.Apply, Encoding.UTF8.GetBytes(body.ToJsonString()));
        try
        {
            return await SendAsync(HttpMethod.Patch, definition, obj.Key, "status", path, content, TypeOf<T>(definition), cancellationToken);
        }
        catch (ApiException exception) when (exception.IsNotFound || exception.Status.Details?.Causes?.Exists(c => c.Field == "metadata.uid") == true)
        {
            return null;
        }
    }

    /// <summary>Deletes an object.</summary>
    /// <returns>False where it didn't exist.</returns>
    public Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : KubernetesObject => DeleteAsync(ResourceDefinitions.Of<T>(), key, options, cancellationToken);

    /// <summary>Deletes an object of a kind known only at run time.</summary>
    /// <returns>False where it didn't exist.</returns>
    public async Task<bool> DeleteAsync(ResourceDefinition definition, ObjectKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            using HttpResponseMessage response = await RequestAsync(
                HttpMethod.Delete, definition, key, null, ResourcePath.Of(definition, key.Namespace, key.Name, null), Content(options), cancellationToken);
            return true;
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Watches a collection until the server ends the stream. An <see cref="WatchEventType.Error"/> is the last event.</summary>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        string path = ResourcePath.Of(
            definition,
            options.Namespace,
            null,
            null,
            ("watch", "true"),
            ("labelSelector", options.LabelSelector),
            ("fieldSelector", options.FieldSelector),
            ("resourceVersion", options.ResourceVersion),
            ("timeoutSeconds", options.Timeout is { } timeout ? ((long)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture) : null),
            ("allowWatchBookmarks", options.AllowBookmarks ? "true" : null));
        using HttpResponseMessage response = await RequestAsync(
            HttpMethod.Get, definition, new ObjectKey(options.Namespace ?? "", ""), "watch", path, null, cancellationToken);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (WatchEvent<T> watchEvent in WatchFrameReader.ReadAsync(stream, TypeOf<T>(definition), cancellationToken))
        {
            if (watchEvent.Item is { } obj)
            {
                obj.ApiVersion ??= definition.ApiVersion;
                obj.Kind ??= definition.Kind;
            }

            yield return watchEvent;
            if (watchEvent.Type == WatchEventType.Error)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Task<T> ReplaceAsync<T>(T obj, string? subresource, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        ResourceDefinition definition = Complete(obj);
        string path = ResourcePath.Of(definition, obj.Metadata.Namespace, obj.Metadata.Name, subresource, ("fieldManager", _options.FieldManager));
        return SendAsync(HttpMethod.Put, definition, obj.Key, subresource, path, Json(obj, TypeOf<T>(definition)), TypeOf<T>(definition), cancellationToken);
    }

    private Task<T> PatchAsync<T>(ResourceDefinition definition, ObjectKey key, string? subresource, PatchType type, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken)
    {
        string path = ResourcePath.Of(definition, key.Namespace, key.Name, subresource, ("fieldManager", _options.FieldManager));
        return SendAsync(HttpMethod.Patch, definition, key, subresource, path, Content(type, patch), TypeOf<T>(definition), cancellationToken);
    }

    private async Task<T?> UpdateAsync<T>(T seen, Action<T> change, string? subresource, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        JsonTypeInfo<T> typeInfo = TypeOf<T>(definition);
        T current = seen;
        for (int attempt = 1; ; attempt++)
        {
            JsonElement before = JsonSerializer.SerializeToElement(current, typeInfo);
            T modified = before.Deserialize(typeInfo)!;
            change(modified);
            byte[]? patch = JsonMergeDiff.Create(before, JsonSerializer.SerializeToElement(modified, typeInfo), current.Metadata.ResourceVersion);
            if (patch is null)
            {
                return current;
            }

            try
            {
                return await PatchAsync<T>(definition, current.Key, subresource, PatchType.Merge, patch, cancellationToken);
            }
            catch (ApiException exception) when (exception.IsNotFound)
            {
                return null;
            }
            catch (ApiException exception) when (exception.IsConflict && attempt < UpdateAttempts)
            {
                T? fresh = await TryGetAsync<T>(current.Key, cancellationToken);
                if (fresh is null || fresh.Metadata.Uid != seen.Metadata.Uid)
                {
                    return null;
                }

                current = fresh;
            }
        }
    }

    private async Task<T> SendAsync<T>(
        HttpMethod method,
        ResourceDefinition definition,
        ObjectKey key,
        string? subresource,
        string path,
        HttpContent? content,
        JsonTypeInfo<T> typeInfo,
        CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = StartTimeout(cancellationToken, out CancellationTokenSource timer);
        using (timer)
        {
            try
            {
                using HttpResponseMessage response = await RequestAsync(method, definition, key, subresource, path, content, timeout.Token);
                await using Stream stream = await response.Content.ReadAsStreamAsync(timeout.Token);
                return await JsonSerializer.DeserializeAsync(stream, typeInfo, timeout.Token)
                    ?? throw new JsonException($"{Describe(method, definition, key, subresource)}: the answer is null");
            }
            catch (OperationCanceledException exception) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw NoAnswer(method, definition, key, subresource, exception);
            }
            catch (IOException exception)
            {
                throw new HttpRequestException($"{Describe(method, definition, key, subresource)}: the answer broke off: {exception.Message}", exception);
            }
        }
    }

    /// <summary>Sends a request and returns once the headers of a success are there; throws for everything else.</summary>
    private async Task<HttpResponseMessage> RequestAsync(
        HttpMethod method,
        ResourceDefinition definition,
        ObjectKey key,
        string? subresource,
        string path,
        HttpContent? content,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Version = _http.DefaultRequestVersion;
        request.VersionPolicy = _http.DefaultVersionPolicy;
        HttpResponseMessage? response = null;
        string code = "<error>";
        using CancellationTokenSource timeout = StartTimeout(cancellationToken, out CancellationTokenSource timer);
        using (timer)
        {
            try
            {
                response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
                code = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
                if (response.IsSuccessStatusCode)
                {
                    Reach.Answered();
                    HttpResponseMessage success = response;
                    response = null;
                    return success;
                }

                byte[] body = await response.Content.ReadAsByteArrayAsync(timeout.Token);
                throw new ApiException(Describe(method, definition, key, subresource), StatusOf(response, body));
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                // .NET tells of its own limits in the same way, such as the one for a connection: nobody who cancelled nothing is to hear of a cancellation.
                throw timer.IsCancellationRequested
                    ? NoAnswer(method, definition, key, subresource, exception)
                    : new TimeoutException($"{Describe(method, definition, key, subresource)}: no connection to {Server}: {(exception.InnerException ?? exception).Message}", exception);
            }
            finally
            {
                response?.Dispose();
                ClientMetrics.Requests.Add(1, new("verb", method.Method), new("resource", definition.Plural), new("code", code));
            }
        }
    }

    private CancellationTokenSource StartTimeout(CancellationToken cancellationToken, out CancellationTokenSource timer)
    {
        timer = new CancellationTokenSource(_options.RequestTimeout, _time);
        return CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
    }

    private TimeoutException NoAnswer(HttpMethod method, ResourceDefinition definition, ObjectKey key, string? subresource, Exception cause) =>
        new($"{Describe(method, definition, key, subresource)}: no answer from {Server} within {_options.RequestTimeout.TotalSeconds} s", cause);

    /// <summary>The Status in a refusal's body, or one that is made of what is there.</summary>
    internal static Status StatusOf(HttpResponseMessage response, byte[] body)
    {
        Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize(body, ApiJsonContext.Default.Status);
        }
        catch (JsonException)
        {
            // A proxy or an overloaded server answers in its own words; they become the message below.
        }

        if (status is not { Kind: "Status" })
        {
            string text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 256))).Trim();
            status = new Status { Message = text.Length > 0 ? text : response.ReasonPhrase };
        }

        status.Code ??= (int)response.StatusCode;
        if (response.Headers.RetryAfter?.Delta is { } delta)
        {
            status.Details ??= new StatusDetails();
            status.Details.RetryAfterSeconds ??= (int)Math.Ceiling(delta.TotalSeconds);
        }

        return status;
    }

    private static ResourceDefinition Complete<T>(T obj)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        obj.ApiVersion ??= definition.ApiVersion;
        obj.Kind ??= definition.Kind;
        return definition;
    }

    private static JsonTypeInfo<T> TypeOf<T>(ResourceDefinition definition) => (JsonTypeInfo<T>)definition.TypeInfo;

    private static string Describe(HttpMethod method, ResourceDefinition definition, ObjectKey key, string? subresource) =>
        $"{method} {definition.QualifiedName}{(subresource is null ? "" : "/" + subresource)} {key}".TrimEnd();

    private static ByteArrayContent Json<T>(T obj, JsonTypeInfo<T> typeInfo) =>
        WithType(JsonSerializer.SerializeToUtf8Bytes(obj, typeInfo), "application/json");

    private static ByteArrayContent Content(PatchType type, ReadOnlyMemory<byte> patch) =>
        WithType(patch.ToArray(), type switch
        {
            PatchType.Merge => "application/merge-patch+json",
            PatchType.Json => "application/json-patch+json",
            _ => "application/apply-patch+yaml",
        });

    private static ByteArrayContent? Content(DeleteOptions? options)
    {
        if (options is null)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion"u8, "v1"u8);
            writer.WriteString("kind"u8, "DeleteOptions"u8);
            if (options.Propagation is { } propagation)
            {
                writer.WriteString("propagationPolicy"u8, propagation.ToString());
            }

            if (options.Uid is not null || options.ResourceVersion is not null)
            {
                writer.WriteStartObject("preconditions"u8);
                if (options.Uid is not null)
                {
                    writer.WriteString("uid"u8, options.Uid);
                }

                if (options.ResourceVersion is not null)
                {
                    writer.WriteString("resourceVersion"u8, options.ResourceVersion);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return WithType(buffer.WrittenSpan.ToArray(), "application/json");
    }

    private static ByteArrayContent WithType(byte[] bytes, string mediaType)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return content;
    }
}
