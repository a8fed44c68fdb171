using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Admission;
using Lodestone.ApiServer.Discovery;
using Lodestone.ApiServer.Metrics;
using Lodestone.ApiServer.OpenApi;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Security.Tokens;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Watch;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>The end of every request's way: which endpoint answers it.</summary>
/// <param name="store">The objects.</param>
/// <param name="catalog">The kinds.</param>
/// <param name="admission">Rules of writes.</param>
/// <param name="authorizer">Tells who may create what a patch would create.</param>
/// <param name="health">Health checks.</param>
/// <param name="metrics">Metrics.</param>
/// <param name="otherMetrics">Metrics of other parts of the process, as text; null for none.</param>
/// <param name="openId">How service account tokens are checked; null where another server issues them.</param>
/// <param name="handlers">Resources (subresource empty) and subresources that are not simply stored.</param>
/// <param name="time">The clock.</param>
/// <param name="watchOptions">The clockwork of watches.</param>
/// <param name="stopping">Ends watches.</param>
internal sealed class RequestDispatcher(
    IObjectStore store,
    ResourceCatalog catalog,
    IAdmission admission,
    IAuthorizer authorizer,
    HealthEndpoint health,
    ServerMetrics metrics,
    Func<string>? otherMetrics,
    OpenIdEndpoint? openId,
    IReadOnlyDictionary<(string Group, string Resource, string Subresource), IRequestHandler> handlers,
    TimeProvider time,
    WatchOptions watchOptions,
    CancellationToken stopping)
{
    private readonly DiscoveryEndpoint _discovery = new(catalog.All.Select(r => r.Resource));
    private readonly OpenApiEndpoint _openApi = new(catalog.All.Select(r => r.Resource), $"v{ProductVersion}", time);
    private readonly ListEndpoint _lists = new(store, time);
    private readonly WatchEndpoint _watches = new(store, new ListEndpoint(store, time), time, watchOptions, metrics);
    private readonly MetricsEndpoint _metrics = new(metrics.Registry, otherMetrics);
    private readonly WriteEndpoints _writes = new(admission, authorizer, time);
    private readonly DeleteEndpoint _deletions = new(new ListEndpoint(store, time), new WriteEndpoints(admission, authorizer, time), admission);

    /// <summary>Whether there is something at a resource's path.</summary>
    public bool Serves(RequestInfo info) =>
        handlers.ContainsKey((info.Group, info.Resource, info.Subresource))
        || (catalog.Find(info.Group, info.Version, info.Resource) is { } registry
            && (info.Subresource.Length == 0 || IsStatus(registry.Resource, info.Subresource)));

    /// <summary>Answers a request that may be answered.</summary>
    /// <exception cref="ApiException">There is nothing at its path, or the request fails.</exception>
    public Task DispatchAsync(ApiRequest request)
    {
        if (!request.Info.IsResource)
        {
            return DispatchPathAsync(request.Http, request.Info, request.Path, mayKnowWhy: !request.User.IsIn(UserInfo.Unauthenticated));
        }

        if (!handlers.TryGetValue((request.Info.Group, request.Info.Resource, request.Info.Subresource), out IRequestHandler? handler))
        {
            return DispatchResourceAsync(request);
        }

        Negotiation.RequireFull(request.Http.Request);
        return handler.HandleAsync(request);
    }

    private static bool IsStatus(ResourceDefinition resource, string subresource) =>
        (subresource == "status" && resource.HasStatus) || (subresource == "approval" && resource == ResourceDefinitions.CertificateSigningRequest);

    private static void WriteVersion(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("major", "1");
        writer.WriteString("minor", "32");
        writer.WriteString("gitVersion", $"v1.32.4+lodestone.{ProductVersion}");
        writer.WriteString("gitCommit", "");
        writer.WriteString("gitTreeState", "clean");
        writer.WriteString("buildDate", "1970-01-01T00:00:00Z");
        writer.WriteString("goVersion", "");
        writer.WriteString("compiler", "dotnet");
        writer.WriteString("platform", "linux/amd64");
        writer.WriteEndObject();
    }

    private static string ProductVersion { get; } = typeof(RequestDispatcher).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private async Task DispatchPathAsync(HttpContext http, RequestInfo info, string path, bool mayKnowWhy)
    {
        if (info.Verb != "get")
        {
            throw ApiErrors.MethodNotAllowed(info.Verb);
        }

        if (path == "/version")
        {
            http.Response.Headers.CacheControl = "no-cache, private";
            await Responses.JsonAsync(http, 200, WriteVersion);
            return;
        }

        if (!await health.TryHandleAsync(http, path, mayKnowWhy)
            && !await _metrics.TryHandleAsync(http, path)
            && !await _discovery.TryHandleAsync(http, path)
            && !await _openApi.TryHandleAsync(http, path)
            && !(openId is not null && await openId.TryHandleAsync(http, path)))
        {
            throw ApiErrors.NoSuchPath();
        }
    }

    private Task DispatchResourceAsync(ApiRequest incoming)
    {
        RequestInfo info = incoming.Info;
        ObjectRegistry registry = catalog.Find(info.Group, info.Version, info.Resource) ?? throw ApiErrors.NoSuchPath();
        bool isStatus = IsStatus(registry.Resource, info.Subresource);
        bool isFinalization = info.Subresource == "finalize" && registry.Resource == ResourceDefinitions.Namespace;
        bool isOtherScope = registry.Resource.IsNamespaced
            ? info.Namespace.Length == 0 && (info.Name.Length > 0 || info.Verb is not ("list" or "watch"))
            : info.Namespace.Length > 0 && registry.Resource.Plural != "namespaces";
        if (isOtherScope && registry.Resource is { IsBuiltIn: true, IsNamespaced: true } && info.Name.Length == 0)
        {
            // All namespaces of one of its own kinds are a path in Kubernetes, which can only be read; of a custom kind they are none then.
            throw ApiErrors.MethodNotAllowed(info.Verb);
        }

        if (isOtherScope || (info.Subresource.Length > 0 && !isStatus && !isFinalization))
        {
            throw ApiErrors.NoSuchPath();
        }

        var request = new ResourceRequest(incoming.Http, info, incoming.User, registry);
        bool hasName = info.Name.Length > 0;
        return info.Verb switch
        {
            not "update" when isFinalization => throw ApiErrors.MethodNotAllowed(info.Verb, registry.Resource),
            "deletecollection" when !registry.Resource.Verbs.Contains(info.Verb) => throw ApiErrors.MethodNotAllowed(info.Verb, registry.Resource),
            "watch" when !isStatus => _watches.HandleAsync(request, stopping),
            "list" => _lists.HandleAsync(request),
            "get" => GetAsync(request),
            "create" when !hasName => _writes.CreateAsync(request),
            "update" when hasName => _writes.UpdateAsync(request),
            "patch" when hasName => _writes.PatchAsync(request),
            "delete" when hasName && !isStatus => _deletions.HandleAsync(request),
            "deletecollection" => _deletions.HandleCollectionAsync(request),
            _ => throw ApiErrors.MethodNotAllowed(info.Verb, registry.Resource),
        };
    }

    private async Task GetAsync(ResourceRequest request)
    {
        await _lists.WaitForGetAsync(request);
        await _writes.GetAsync(request);
    }
}
