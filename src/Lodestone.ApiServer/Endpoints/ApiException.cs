using Lodestone.Api.Meta;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>The request cannot be served; <see cref="Status"/> is the answer.</summary>
internal sealed class ApiException(Status status) : Exception(status.Message)
{
    /// <summary>The answer, complete with code, reason and details.</summary>
    public Status Status { get; } = status;

    /// <summary>The HTTP status code.</summary>
    public int Code => Status.Code ?? 500;
}
