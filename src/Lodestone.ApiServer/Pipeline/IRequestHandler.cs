namespace Lodestone.ApiServer.Pipeline;

/// <summary>Answers the requests to a resource or subresource that isn't simply stored: reviews, <c>serviceaccounts/token</c>, <c>namespaces/finalize</c>.</summary>
internal interface IRequestHandler
{
    /// <summary>Answers an authorized request.</summary>
    /// <exception cref="Endpoints.ApiException">The request fails with this Status.</exception>
    public Task HandleAsync(ApiRequest request);
}
