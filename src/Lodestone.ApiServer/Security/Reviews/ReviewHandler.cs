using System.Text.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Registry;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>Answers requests to a kind that is asked and answered, and never stored: reads the question, has it answered, sends it back with the answer.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <param name="resource">The kind.</param>
/// <param name="pathVersion">API version in the path: that of the kind, or of the object whose subresource it is.</param>
/// <param name="betaVersion">A former API version of the same form that old clients ask for; not in discovery.</param>
internal abstract class ReviewHandler<T>(ResourceDefinition resource, string? pathVersion = null, string? betaVersion = null) : IRequestHandler
    where T : KubernetesObject
{
    private readonly ObjectCodec _codec = new(resource);
    private readonly ResourceDefinition? _beta = betaVersion is null ? null : resource with { Version = betaVersion };

    /// <inheritdoc/>
    public async Task HandleAsync(ApiRequest request)
    {
        RequestInfo info = request.Info;
        ResourceDefinition asked = _beta is not null && info.Version == _beta.Version ? _beta : resource;
        if ((asked == resource && info.Version != (pathVersion ?? resource.Version)) || (info.Namespace.Length > 0) != resource.IsNamespaced)
        {
            throw ApiErrors.NoSuchPath();
        }

        if (info.Verb != "create" || (info.Name.Length > 0 && info.Subresource.Length == 0))
        {
            throw ApiErrors.MethodNotAllowed(info.Verb, resource);
        }

        var duplicates = new List<string>();
        byte[] body = await WriteEndpoints.ReadObjectAsync(request.Http, asked, duplicates);
        var options = new WriteOptions { YamlDuplicates = duplicates, FieldValidation = WriteEndpoints.FieldValidationOf(request.Http.Request.Query, "CreateOptions") };
        var review = (T)(asked == resource ? _codec : new ObjectCodec(asked)).Decode(body, options);
        await AnswerAsync(request, review);
        review.ApiVersion = asked.ApiVersion;
        review.Kind = resource.Kind;
        Responses.AddWarnings(request.Http, options.Warnings);
        await Responses.JsonAsync(request.Http, 201, writer => JsonSerializer.Serialize(writer, review, resource.TypeInfo));
    }

    /// <summary>Puts the answer into the object.</summary>
    /// <exception cref="ApiException">The question breaks a rule.</exception>
    protected abstract Task AnswerAsync(ApiRequest request, T review);

    /// <summary>Refuses a question.</summary>
    protected ApiException Invalid(IReadOnlyList<StatusCause> causes, string name = "") => ApiErrors.Invalid(resource.Group, resource.Kind, name, causes);

    /// <summary>One broken rule.</summary>
    protected static StatusCause Cause(string field, string value, string why) =>
        new() { Reason = "FieldValueInvalid", Field = field, Message = $"Invalid value: {value}: {why}" };
}
