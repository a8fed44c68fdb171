namespace Lodestone.ApiServer.Pipeline;

/// <summary>A station on every request's way: does its part before, after or instead of the rest.</summary>
internal interface IRequestFilter
{
    /// <summary>Handles the request, calling <paramref name="next"/> to go on.</summary>
    /// <exception cref="Endpoints.ApiException">The request ends here, with this Status.</exception>
    public Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next);
}
