using Lodestone.ApiServer.Pipeline;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Says that there are no CustomResourceDefinitions. kubectl asks before it creates an object of a kind that can't be patched, such as a review.</summary>
/// <remarks>Not in discovery: there is nothing else to be done with them.</remarks>
internal sealed class CustomResourceDefinitionsHandler : IRequestHandler
{
    /// <inheritdoc/>
    public Task HandleAsync(ApiRequest request)
    {
        if (request.Info is not { Verb: "list", Version: "v1", Namespace: "" })
        {
            throw ApiErrors.NoSuchPath();
        }

        return Responses.JsonAsync(request.Http, 200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("kind", "CustomResourceDefinitionList");
            writer.WriteString("apiVersion", "apiextensions.k8s.io/v1");
            writer.WriteStartObject("metadata");
            writer.WriteString("resourceVersion", "1");
            writer.WriteEndObject();
            writer.WriteStartArray("items");
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }
}
