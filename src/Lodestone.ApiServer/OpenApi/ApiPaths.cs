using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>The paths that a kind is served at, for both OpenAPI documents.</summary>
/// <param name="all">All kinds, among which those of subresources are found.</param>
internal sealed class ApiPaths(IReadOnlyList<ResourceDefinition> all)
{
    private static readonly string[] ObjectTypes = ["application/json", "application/yaml"];
    private static readonly string[] PatchTypes = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];

    /// <summary>The paths of kinds, sorted.</summary>
    public List<ApiPath> Of(IEnumerable<ResourceDefinition> resources) =>
        [.. resources.SelectMany(PathsOf).OrderBy(p => p.Template, StringComparer.Ordinal)];

    private IEnumerable<ApiPath> PathsOf(ResourceDefinition resource)
    {
        string root = resource.Group.Length == 0 ? $"/api/{resource.Version}" : $"/apis/{resource.Group}/{resource.Version}";
        string scope = resource.IsNamespaced ? "/namespaces/{namespace}" : "";
        string plural = resource.Plural;
        List<ApiPath> paths =
        [
            new($"{root}{scope}/{plural}", [.. Collection(resource)]),
            new($"{root}{scope}/{plural}/{{name}}", [.. Item(resource)]),
            .. resource.Subresources.Select(s => new ApiPath($"{root}{scope}/{plural}/{{name}}/{s.Name}", [.. Below(resource, s)])),
        ];
        if (resource.IsNamespaced && resource.Verbs.Contains("list"))
        {
            paths.Add(new($"{root}/{plural}", [List(resource, "ForAllNamespaces")]));
        }

        if (resource.Verbs.Contains("watch"))
        {
            paths.Add(new($"{root}/watch{scope}/{plural}", [Watch(resource, "watchlist", "List")]));
            paths.Add(new($"{root}/watch{scope}/{plural}/{{name}}", [Watch(resource, "watch", "")]));
            if (resource.IsNamespaced)
            {
                paths.Add(new($"{root}/watch/{plural}", [Watch(resource, "watchlist", "ListForAllNamespaces")]));
            }
        }

        return paths.Where(p => p.Operations.Count > 0);
    }

    private static IEnumerable<ApiOperation> Collection(ResourceDefinition resource)
    {
        foreach (string verb in resource.Verbs)
        {
            switch (verb)
            {
                case "list":
                    yield return List(resource, "");
                    break;
                case "create":
                    yield return Operation(resource, "post", "post", "create", ApiParameter.Write) with { Body = resource.Schema, Consumes = ObjectTypes };
                    break;
                case "deletecollection":
                    yield return Delete(resource, "deletecollection", "deleteCollection", ApiParameter.DeleteCollection);
                    break;
            }
        }
    }

    private static IEnumerable<ApiOperation> Item(ResourceDefinition resource)
    {
        foreach (string verb in resource.Verbs)
        {
            switch (verb)
            {
                case "get":
                    yield return Operation(resource, "get", "get", "read", []);
                    break;
                case "update":
                    yield return Operation(resource, "put", "put", "replace", ApiParameter.Write) with { Body = resource.Schema, Consumes = ObjectTypes };
                    break;
                case "patch":
                    yield return Patch(resource, "");
                    break;
                case "delete":
                    yield return Delete(resource, "delete", "delete", ApiParameter.Delete);
                    break;
            }
        }
    }

    private IEnumerable<ApiOperation> Below(ResourceDefinition resource, Subresource subresource)
    {
        (string Group, string Version, string Kind) kind = subresource.ResponseKind ?? (resource.Group, resource.Version, resource.Kind);
        Schema? schema = subresource.ResponseKind is null
            ? resource.Schema
            : subresource.Schema ?? all.FirstOrDefault(r => (r.Group, r.Version, r.Kind) == kind)?.Schema;
        string suffix = ApiOperation.Capitalize(subresource.Name);
        foreach (string verb in subresource.Verbs)
        {
            switch (verb)
            {
                case "get":
                    yield return Operation(resource, "get", "get", "read", [], suffix) with { Kind = kind, Answer = schema };
                    break;
                case "create":
                    yield return Operation(resource, "post", "post", "create", ApiParameter.Write, suffix) with
                    {
                        Kind = kind,
                        Answer = schema,
                        Body = schema,
                        Consumes = ObjectTypes,
                    };
                    break;
                case "update":
                    yield return Operation(resource, "put", "put", "replace", ApiParameter.Write, suffix) with
                    {
                        Kind = kind,
                        Answer = schema,
                        Body = schema,
                        Consumes = ObjectTypes,
                    };
                    break;
                case "patch":
                    yield return Patch(resource, suffix) with { Kind = kind, Answer = schema };
                    break;
            }
        }
    }

    private static ApiOperation List(ResourceDefinition resource, string suffix) =>
        Operation(resource, "get", "list", "list", ApiParameter.List, suffix) with { Answer = resource.ListSchema };

    private static ApiOperation Watch(ResourceDefinition resource, string action, string suffix)
    {
        ApiOperation operation = Operation(resource, "get", action, "watch", ApiParameter.List, suffix);
        string id = suffix == "ListForAllNamespaces" ? ApiOperation.IdOf("watch", resource, "ForAllNamespaces").Replace("ForAll", "ListForAll", StringComparison.Ordinal) : operation.Id;
        return operation with { Id = id, Answer = MetaSchemas.WatchEvent, IsDeprecated = true };
    }

    private static ApiOperation Patch(ResourceDefinition resource, string suffix) =>
        Operation(resource, "patch", "patch", "patch", ApiParameter.Patch, suffix) with { Body = MetaSchemas.Patch, Consumes = PatchTypes };

    private static ApiOperation Delete(ResourceDefinition resource, string action, string what, IReadOnlyList<ApiParameter> parameters) =>
        Operation(resource, "delete", action, what, parameters) with
        {
            Body = MetaSchemas.DeleteOptions,
            IsBodyOptional = true,
            Consumes = ObjectTypes,
            Answer = MetaSchemas.Status,
        };

    private static ApiOperation Operation(
        ResourceDefinition resource, string method, string action, string what, IReadOnlyList<ApiParameter> parameters, string suffix = "") =>
        new(method, action, (resource.Group, resource.Version, resource.Kind), ApiOperation.IdOf(what, resource, suffix), parameters)
        {
            Answer = resource.Schema,
        };
}
