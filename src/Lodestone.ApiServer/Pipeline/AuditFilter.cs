using System.Text;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Audit;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Protobuf;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Tells the audit log of requests, as its policy wants it. Stands behind authentication, before impersonation.</summary>
internal sealed class AuditFilter(AuditPolicy policy, AuditLog log, ResourceCatalog catalog, TimeProvider time) : IRequestFilter
{
    /// <inheritdoc/>
    public Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        AuditRule? rule = policy.RuleOf(request.User, request.Info);
        return rule is null ? next(request) : TellAsync(request, rule, next);
    }

    /// <summary>Tells of a request that failed before it was known whose it is.</summary>
    public void TellUnauthenticated(ApiRequest request, ApiException failure)
    {
        if (policy.RuleOf(UserInfo.Anonymous, request.Info) is { } rule && !rule.OmitStages.Contains(AuditStage.ResponseStarted))
        {
            DateTimeOffset now = time.GetUtcNow();
            var record = new AuditRecord(request, request.User, rule with { Level = AuditLevel.Metadata }, now) { Failure = failure.Status };
            log.Write(record.Write(AuditStage.ResponseStarted, now, failure.Code));
        }
    }

    private async Task TellAsync(ApiRequest request, AuditRule rule, Func<ApiRequest, Task> next)
    {
        var record = new AuditRecord(request, request.User, rule, time.GetUtcNow());
        bool isWatch = request.Info.Verb == "watch";
        Tell(record, AuditStage.RequestReceived, null);
        if (isWatch)
        {
            request.Http.Response.OnStarting(() =>
            {
                Tell(record, AuditStage.ResponseStarted, request.Http.Response.StatusCode);
                return Task.CompletedTask;
            });
        }

        IFeatureCollection features = request.Http.Features;
        BodyCapture? sent = rule.Level >= AuditLevel.Request ? new BodyCapture() : null;
        features.Set(sent);
        features.Set(record);
        IHttpResponseBodyFeature inner = features.Get<IHttpResponseBodyFeature>()!;
        await using CapturedBody? answered = rule.Level == AuditLevel.RequestResponse && !isWatch ? new CapturedBody(inner) : null;
        if (answered is not null)
        {
            features.Set<IHttpResponseBodyFeature>(answered);
        }

        int code = 0;
        AuditStage end = AuditStage.ResponseComplete;
        try
        {
            await next(request);
            await (answered?.FinishAsync(request.Http.RequestAborted) ?? Task.CompletedTask);
            code = request.Http.Response.StatusCode;
        }
        catch (ApiException failure)
        {
            (code, record.Failure) = (failure.Code, failure.Status);
            throw;
        }
        catch (StoreException failure)
        {
            ApiException status = FailureFilter.StatusOf(failure);
            (code, record.Failure) = (status.Code, status.Status);
            throw;
        }
        catch (OperationCanceledException)
        {
            // Its client left, or its time is over.
            code = request.Http.Response.HasStarted ? request.Http.Response.StatusCode : 504;
            throw;
        }
        catch (Exception)
        {
            (code, end) = (500, AuditStage.Panic);
            record.Failure = ApiErrors.Internal("see the server's log").Status;
            throw;
        }
        finally
        {
            if (answered is not null)
            {
                features.Set(inner);
                record.ResponseObject = record.Failure is null && request.Http.Response.ContentType == "application/json" ? answered.Copy : null;
            }

            record.RequestObject = sent is { Body.Length: > 0 } ? AsJson(request, sent.Body) : null;
            if (rule.Level == AuditLevel.RequestResponse && record.Failure is { } failure)
            {
                record.ResponseObject = Responses.StatusJson(new ApiException(failure));
            }

            Tell(record, end, code);
        }
    }

    private void Tell(AuditRecord record, AuditStage stage, int? code)
    {
        if (!record.Rule.OmitStages.Contains(stage))
        {
            log.Write(record.Write(stage, time.GetUtcNow(), code));
        }
    }

    /// <summary>Protobuf and YAML as the JSON they stand for; null for what is neither, which the endpoint refuses.</summary>
    private byte[]? AsJson(ApiRequest request, byte[] body)
    {
        string type = RequestBody.MediaTypeOf(request.Http.Request);
        RequestInfo info = request.Info;
        try
        {
            return type switch
            {
                ProtobufBody.MediaType when info.Verb.StartsWith("delete", StringComparison.Ordinal) => ProtobufBody.DeleteOptionsToJson(body),
                ProtobufBody.MediaType => catalog.Find(info.Group, info.Version, info.Resource) is { } registry ? ProtobufBody.ToJson(body, registry.Resource) : null,
                _ when type.EndsWith("yaml", StringComparison.Ordinal) => YamlJson.Read(body, []) is JsonNode node ? Encoding.UTF8.GetBytes(node.ToJsonString()) : null,
                _ => body,
            };
        }
        catch (Exception exception) when (exception is ApiException or FormatException)
        {
            return null;
        }
    }
}
