using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Registry;

/// <summary>Tells whether something may be created in a namespace, where namespaces are not in our own store.</summary>
internal interface INamespaceGate
{
    /// <summary>Returns if the namespace is there and stays.</summary>
    /// <param name="resource">What is to be created.</param>
    /// <param name="name">Its name; null while it has none.</param>
    /// <param name="ns">The namespace.</param>
    /// <exception cref="ApiException">404, there is no such namespace; 403, it is on its way out; 503, that can't be told.</exception>
    public ValueTask RequireAsync(ResourceDefinition resource, string? name, string ns);
}
