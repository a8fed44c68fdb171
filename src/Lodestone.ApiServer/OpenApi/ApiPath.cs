namespace Lodestone.ApiServer.OpenApi;

/// <summary>A path of the API and what can be done there.</summary>
/// <param name="Template">The path, with <c>{name}</c> and <c>{namespace}</c>.</param>
/// <param name="Operations">One for each method.</param>
internal sealed record ApiPath(string Template, IReadOnlyList<ApiOperation> Operations)
{
    /// <summary>The parameters in the path, sorted.</summary>
    public IEnumerable<ApiParameter> Parameters => new[] { ApiParameter.ObjectName, ApiParameter.Namespace }
        .Where(p => Template.Contains($"{{{p.Name}}}", StringComparison.Ordinal));
}
