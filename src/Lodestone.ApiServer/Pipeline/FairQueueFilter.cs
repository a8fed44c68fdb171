using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Fairness;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Lets in as many requests as the server can work on, in turn between users; a watch counts until its headers are sent.</summary>
/// <param name="readOnly">Seats of requests that change nothing.</param>
/// <param name="mutating">Seats of the others.</param>
internal sealed class FairQueueFilter(FairQueue readOnly, FairQueue mutating) : IRequestFilter
{
    private const string FlowSchemaHeader = "X-Kubernetes-PF-FlowSchema-UID";
    private const string PriorityLevelHeader = "X-Kubernetes-PF-PriorityLevel-UID";

    /// <inheritdoc/>
    /// <exception cref="ApiException">429.</exception>
    public Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        PriorityLevel level = LevelOf(request);
        request.Http.Response.Headers[FlowSchemaHeader] = level.FlowSchemaUid;
        request.Http.Response.Headers[PriorityLevelHeader] = level.Uid;
        if (level == PriorityLevel.Exempt)
        {
            return next(request);
        }

        FairQueue queue = level == PriorityLevel.ReadOnly ? readOnly : mutating;
        return RunAsync(request, queue, next);
    }

    private static async Task RunAsync(ApiRequest request, FairQueue queue, Func<ApiRequest, Task> next)
    {
        string user = request.User.IsAnonymous ? $"{request.User.Name}@{request.Http.Connection.RemoteIpAddress}" : request.User.Name;
        if (!queue.TryEnter(user, out FairQueue.Flow flow))
        {
            flow = await queue.EnterAsync(user, request.Http.RequestAborted);
        }

        if (request.Info.Verb == "watch")
        {
            await WatchAsync(request, queue, flow, next);
            return;
        }

        try
        {
            await next(request);
        }
        finally
        {
            queue.Leave(flow);
        }
    }

    private static async Task WatchAsync(ApiRequest request, FairQueue queue, FairQueue.Flow flow, Func<ApiRequest, Task> next)
    {
        int hasLeft = 0;
        void Leave()
        {
            if (Interlocked.Exchange(ref hasLeft, 1) == 0)
            {
                queue.Leave(flow);
            }
        }

        request.Http.Response.OnStarting(() =>
        {
            Leave();
            return Task.CompletedTask;
        });
        try
        {
            await next(request);
        }
        finally
        {
            Leave();
        }
    }

    private static PriorityLevel LevelOf(ApiRequest request)
    {
        RequestInfo info = request.Info;
        if ((!info.IsResource && PublicPaths.Contains(request.Path))
            || info is { Resource: "leases", Group: "coordination.k8s.io", Verb: "get" or "update" or "patch" }
            || request.User.Groups.Contains(UserInfo.Masters))
        {
            return PriorityLevel.Exempt;
        }

        return info.Verb is "get" or "list" or "watch" ? PriorityLevel.ReadOnly : PriorityLevel.Mutating;
    }
}
