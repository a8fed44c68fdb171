using System.Globalization;
using System.Text;
using Lodestone.Api.Resources;

namespace Lodestone.Client.Http;

/// <summary>Builds the relative URL of a collection, an object or a subresource.</summary>
internal static class ResourcePath
{
    internal static string Of(ResourceDefinition definition, string? ns, string? name, string? subresource, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var path = new StringBuilder(definition.Group.Length == 0 ? "api/" : "apis/").Append(definition.ApiVersion);
        if (definition.IsNamespaced && !string.IsNullOrEmpty(ns))
        {
            path.Append("/namespaces/").Append(Uri.EscapeDataString(ns));
        }

        path.Append('/').Append(definition.Plural);
        if (name is not null)
        {
            path.Append('/').Append(Uri.EscapeDataString(name));
        }

        if (subresource is not null)
        {
            path.Append('/').Append(subresource);
        }

        char separator = '?';
        foreach ((string key, string? value) in query)
        {
            if (value is not null)
            {
                path.Append(CultureInfo.InvariantCulture, $"{separator}{key}={Uri.EscapeDataString(value)}");
                separator = '&';
            }
        }

        return path.ToString();
    }
}
