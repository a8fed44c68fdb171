using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>The failures of the API: codes, reasons, texts and details as Kubernetes' clients know them.</summary>
internal static class ApiErrors
{
    /// <summary>The request, its body or a parameter is malformed.</summary>
    public static ApiException BadRequest(string message) => Create(400, "BadRequest", message);

    /// <summary>No credentials, or none that are valid.</summary>
    public static ApiException Unauthorized() => Create(401, "Unauthorized", "Unauthorized");

    /// <summary>A refusal about one object or collection; <paramref name="why"/> follows "is forbidden: ".</summary>
    public static ApiException Forbidden(string qualifiedResource, string? name, string why)
    {
        string subject = name is null ? qualifiedResource : $"{qualifiedResource} \"{name}\"";
        (string resource, string group) = Split(qualifiedResource);
        return Create(403, "Forbidden", $"{subject} is forbidden: {why}", new StatusDetails { Name = name, Group = NullIfEmpty(group), Kind = resource });
    }

    /// <summary>A user may not do what a request wants.</summary>
    /// <param name="user">Who.</param>
    /// <param name="request">What.</param>
    /// <param name="reason">Why, or empty.</param>
    public static ApiException Forbidden(UserInfo user, RequestInfo request, string reason)
    {
        if (!request.IsResource)
        {
            return ForbiddenPath(user.Name, request.Verb, request.Path);
        }

        string resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
        string where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        string why = reason.Length == 0 ? "" : $": {reason}";
        return Forbidden(
            request.QualifiedResource,
            request.Name.Length == 0 ? null : request.Name,
            Escape($"User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {where}{why}"));
    }

    /// <summary>A refusal about a path that is no resource.</summary>
    public static ApiException ForbiddenPath(string user, string verb, string path) =>
        Create(403, "Forbidden", Escape($"forbidden: User \"{user}\" cannot {verb} path \"{path}\""), new StatusDetails());

    /// <summary>Nothing is served at this path.</summary>
    public static ApiException NoSuchPath() => Create(404, "NotFound", "the server could not find the requested resource", new StatusDetails());

    /// <summary>There is no such object.</summary>
    public static ApiException NotFound(ResourceDefinition resource, string name) =>
        Create(404, "NotFound", $"{resource.QualifiedName} \"{name}\" not found", Details(resource, name));

    /// <summary>There is no such role to bind.</summary>
    public static ApiException NoSuchRole(bool isCluster, string name)
    {
        string kind = isCluster ? "clusterrole" : "role";
        return Create(
            404,
            "NotFound",
            $"{kind}.{ResourceDefinitions.RbacGroup} \"{name}\" not found",
            new StatusDetails { Name = name, Group = ResourceDefinitions.RbacGroup, Kind = kind });
    }

    /// <summary>The resource is there, the verb is not.</summary>
    public static ApiException MethodNotAllowed(string verb, ResourceDefinition? resource = null) => Create(
        405,
        "MethodNotAllowed",
        resource is null ? "the server does not allow this method on the requested resource" : $"{verb} is not supported on resources of kind \"{resource.QualifiedName}\"",
        resource is null ? new StatusDetails() : new StatusDetails { Group = NullIfEmpty(resource.Group), Kind = resource.Plural });

    /// <summary>None of the wanted media types can be had.</summary>
    public static ApiException NotAcceptable(params ReadOnlySpan<string> accepted) =>
        Create(406, "NotAcceptable", $"only the following media types are accepted: {string.Join(", ", accepted.ToArray())}");

    /// <summary>The object can't take the form that is wanted.</summary>
    public static ApiException NotTransformable(string message) => Create(406, "NotAcceptable", message);

    /// <summary>The name is taken.</summary>
    public static ApiException AlreadyExists(ResourceDefinition resource, string name, bool isBeingDeleted) => Create(
        409,
        "AlreadyExists",
        $"{(isBeingDeleted ? "object is being deleted: " : "")}{resource.QualifiedName} \"{name}\" already exists",
        Details(resource, name));

    /// <summary>No free name was found for a generateName.</summary>
    public static ApiException NameNotGenerated(ResourceDefinition resource, string name)
    {
        StatusDetails details = Details(resource, name);
        details.RetryAfterSeconds = 1;
        return Create(409, "AlreadyExists", $"{resource.QualifiedName} \"{name}\" already exists, the server was not able to generate a unique name for the object", details);
    }

    /// <summary>Somebody else wrote in between.</summary>
    public static ApiException Modified(ResourceDefinition resource, string name) =>
        Conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again");

    /// <summary>The object is not as the request expects it.</summary>
    public static ApiException Conflict(ResourceDefinition resource, string name, string why) => Create(
        409,
        "Conflict",
        $"Operation cannot be fulfilled on {resource.QualifiedName} \"{name}\": {why}",
        Details(resource, name));

    /// <summary>The object to be deleted is not the one that was meant; Kubernetes names the kind here, not the resource.</summary>
    public static ApiException PreconditionFailed(ResourceDefinition resource, string name, string why) => Create(
        409,
        "Conflict",
        $"Operation cannot be fulfilled on {resource.Kind}{(resource.Group.Length == 0 ? "" : "." + resource.Group)} \"{name}\": {why}",
        new StatusDetails { Name = name, Group = NullIfEmpty(resource.Group), Kind = resource.Kind });

    /// <summary>An apply would change what others own.</summary>
    public static ApiException ApplyConflict(FieldConflictException conflict) => Create(409, "Conflict", conflict.Message, new StatusDetails
    {
        Causes =
        [
            .. conflict.Conflicts.Select(c => new StatusCause { Reason = "FieldManagerConflict", Message = $"conflict with {c.Owner}", Field = c.Field }),
        ],
    });

    /// <summary>The version asked for is no longer held.</summary>
    public static ApiException Expired(string message, string? continueToken = null)
    {
        ApiException exception = Create(410, "Expired", message);
        if (continueToken is not null)
        {
            exception.Status.Metadata = new ObjectMeta();
            exception.Data["continue"] = continueToken;
        }

        return exception;
    }

    /// <summary>The body is longer than is read.</summary>
    public static ApiException RequestTooLarge(long limit) =>
        Create(413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>The path and query are longer than is read.</summary>
    public static ApiException UrlTooLong(int limit) =>
        Create(414, "RequestURITooLong", $"Request URI too long: limit is {limit.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>The body's media type is not read here.</summary>
    public static ApiException UnsupportedMediaType(params ReadOnlySpan<string> accepted) => Create(
        415,
        "UnsupportedMediaType",
        $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", accepted.ToArray())}");

    /// <summary>The object, or the options of a request, break rules; every broken rule is named.</summary>
    public static ApiException Invalid(string group, string kind, string name, IReadOnlyList<StatusCause> causes)
    {
        string[] problems = [.. causes.Select(c => string.IsNullOrEmpty(c.Field) ? c.Message! : $"{c.Field}: {c.Message}")];
        string qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        string listed = problems.Length == 1 ? problems[0] : $"[{string.Join(", ", problems)}]";
        return Create(
            422,
            "Invalid",
            $"{qualified} \"{name}\" is invalid: {listed}",
            new StatusDetails { Name = NullIfEmpty(name), Group = NullIfEmpty(group), Kind = kind, Causes = [.. causes] });
    }

    /// <summary>A patch whose operations cannot be done on the object.</summary>
    public static ApiException PatchFailed() =>
        Create(422, "Invalid", "the server rejected our request due to an error in our request", new StatusDetails());

    /// <summary>More is waiting than is let in.</summary>
    public static ApiException TooManyRequests(string message) =>
        Create(429, "TooManyRequests", message, new StatusDetails { RetryAfterSeconds = 1 });

    /// <summary>A defect of the server.</summary>
    public static ApiException Internal(string message) => Create(
        500,
        "InternalError",
        $"Internal error occurred: {message}",
        new StatusDetails { Causes = [new StatusCause { Message = message }] });

    /// <summary>Something that is needed for an answer is away for now.</summary>
    public static ApiException ServiceUnavailable(string message) =>
        Create(503, "ServiceUnavailable", message, new StatusDetails { RetryAfterSeconds = 1 });

    /// <summary>The disk has no room.</summary>
    public static ApiException InsufficientStorage(string message) =>
        Create(507, "InsufficientStorage", message, new StatusDetails { RetryAfterSeconds = 5 });

    /// <summary>The request took too long.</summary>
    public static ApiException Timeout(string message) => Create(504, "Timeout", $"Timeout: {message}", new StatusDetails());

    /// <summary>The version asked for is not reached yet.</summary>
    public static ApiException VersionTooLarge(long wanted, long current) => Create(
        504,
        "Timeout",
        string.Create(CultureInfo.InvariantCulture, $"Timeout: Too large resource version: {wanted}, current: {current}"),
        new StatusDetails
        {
            RetryAfterSeconds = 1,
            Causes = [new StatusCause { Reason = "ResourceVersionTooLarge", Message = "Too large resource version" }],
        });

    /// <summary>The namespace is on its way out.</summary>
    public static ApiException NamespaceTerminating(ResourceDefinition resource, string? name, string ns)
    {
        ApiException exception = Forbidden(
            resource.QualifiedName,
            name,
            $"unable to create new content in namespace {ns} because it is being terminated");
        exception.Status.Details!.Causes =
        [
            new StatusCause { Reason = "NamespaceTerminating", Message = $"namespace {ns} is being terminated", Field = "metadata.namespace" },
        ];
        return exception;
    }

    /// <summary>As Go's encoder writes it into a message for HTML's sake.</summary>
    public static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static StatusDetails Details(ResourceDefinition resource, string name) =>
        new() { Name = name, Group = NullIfEmpty(resource.Group), Kind = resource.Plural };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static (string Resource, string Group) Split(string qualified)
    {
        int dot = qualified.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (qualified, "") : (qualified[..dot], qualified[(dot + 1)..]);
    }

    private static ApiException Create(int code, string reason, string message, StatusDetails? details = null) => new(new Status
    {
        ApiVersion = "v1",
        Kind = "Status",
        Outcome = "Failure",
        Message = message,
        Reason = reason,
        Details = details,
        Code = code,
    });
}
