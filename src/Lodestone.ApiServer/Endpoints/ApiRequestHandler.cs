using System.Text.Json;
using Lodestone.ApiServer.Discovery;
using Lodestone.ApiServer.OpenApi;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Watch;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Every request's way: who is it, what does it want, may it, do it; and every failure becomes a Status.</summary>
internal sealed partial class ApiRequestHandler(
    IObjectStore store,
    ResourceCatalog catalog,
    Authenticator authenticator,
    HealthEndpoint health,
    TimeProvider time,
    WatchOptions watchOptions,
    ILogger<ApiRequestHandler> logger,
    CancellationToken stopping)
{
    private readonly DiscoveryEndpoint _discovery = new(catalog.All.Select(r => r.Resource));
    private readonly OpenApiEndpoint _openApi = new(catalog.All.Select(r => r.Resource));
    private readonly ListEndpoint _lists = new(store, time);
    private readonly WatchEndpoint _watches = new(store, new ListEndpoint(store, time), time, watchOptions);
    private readonly WriteEndpoints _writes = new(time);

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        string auditId = http.Request.Headers["Audit-ID"] is [{ Length: > 0 and <= 64 } given] ? given : Guid.NewGuid().ToString();
        http.Response.Headers["Audit-Id"] = auditId;
        http.Response.Headers.CacheControl = "no-cache, private";
        try
        {
            await DispatchAsync(http);
        }
        catch (ApiException exception)
        {
            await AnswerAsync(http, exception);
        }
        catch (StoreException exception)
        {
            Log.StoreFailed(logger, http.Request.Method, http.Request.Path, exception.Message);
            await AnswerAsync(http, exception.IsRetriable ? ApiErrors.InsufficientStorage(exception.Message) : ApiErrors.Internal(exception.Message));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (BadHttpRequestException exception)
        {
            await AnswerAsync(http, ApiErrors.BadRequest(exception.Message));
        }
#pragma warning disable CA1031 // The last line of defence: one request's defect must not be the server's.
        catch (Exception exception)
        {
            Log.Failed(logger, http.Request.Method, http.Request.Path, auditId, exception);
            await AnswerAsync(http, ApiErrors.Internal($"see the server's log, audit id {auditId}"));
        }
#pragma warning restore CA1031
    }

    private static async Task AnswerAsync(HttpContext http, ApiException exception)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        await Responses.ErrorAsync(http, exception);
    }

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

    private static string ProductVersion { get; } = typeof(ApiRequestHandler).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private async Task DispatchAsync(HttpContext http)
    {
        string path = http.Request.Path.Value ?? "/";
        bool isWatch = (string?)http.Request.Query["watch"] is "true" or "1" or "t" or "True" or "TRUE";
        var info = RequestInfo.Parse(http.Request.Method, path, isWatch);
        UserInfo user = await authenticator.AuthenticateAsync(http);
        if (user.IsAnonymous && !Authorizer.IsPublic(path))
        {
            throw ApiErrors.Unauthorized();
        }

        Authorizer.Authorize(user, info);
        if (info.IsResource)
        {
            await DispatchAsync(http, info, user);
        }
        else
        {
            await DispatchPathAsync(http, info, path.Length > 1 ? path.TrimEnd('/') : path);
        }
    }

    private async Task DispatchPathAsync(HttpContext http, RequestInfo info, string path)
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

        if (!await health.TryHandleAsync(http, path) && !await _discovery.TryHandleAsync(http, path) && !await _openApi.TryHandleAsync(http, path))
        {
            throw ApiErrors.NoSuchPath();
        }
    }

    private Task DispatchAsync(HttpContext http, RequestInfo info, UserInfo user)
    {
        ObjectRegistry registry = catalog.Find(info.Group, info.Version, info.Resource) ?? throw ApiErrors.NoSuchPath();
        bool isStatus = info.Subresource == "status" && registry.Resource.HasStatus;
        bool isOtherScope = registry.Resource.IsNamespaced
            ? info.Namespace.Length == 0 && (info.Name.Length > 0 || info.Verb is not ("list" or "watch"))
            : info.Namespace.Length > 0 && registry.Resource.Plural != "namespaces";
        if (isOtherScope || (info.Subresource.Length > 0 && !isStatus))
        {
            throw ApiErrors.NoSuchPath();
        }

        var request = new ResourceRequest(http, info, user, registry);
        bool hasName = info.Name.Length > 0;
        return info.Verb switch
        {
            "watch" when !isStatus => _watches.HandleAsync(request, stopping),
            "list" => _lists.HandleAsync(request),
            "get" => _writes.GetAsync(request),
            "create" when !hasName => _writes.CreateAsync(request),
            "update" when hasName => _writes.UpdateAsync(request),
            "patch" when hasName => _writes.PatchAsync(request),
            "delete" when !isStatus => _writes.DeleteAsync(request),
            "deletecollection" => WriteEndpoints.DeleteCollectionAsync(request),
            _ => throw ApiErrors.MethodNotAllowed(info.Verb, registry.Resource),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Error, "{Method} {Path}: the store failed: {Reason}")]
        public static partial void StoreFailed(ILogger logger, string method, string path, string reason);

        [LoggerMessage(2011, LogLevel.Error, "{Method} {Path} failed (audit id {AuditId})")]
        public static partial void Failed(ILogger logger, string method, string path, string auditId, Exception exception);
    }
}
