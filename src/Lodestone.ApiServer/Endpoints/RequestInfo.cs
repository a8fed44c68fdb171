namespace Lodestone.ApiServer.Endpoints;

/// <summary>What a request wants, read from method and path by Kubernetes' rules.</summary>
internal sealed record RequestInfo
{
    /// <summary>get, list, watch, create, update, patch, delete or deletecollection; for a path that is no resource, the method in lower case.</summary>
    public required string Verb { get; init; }

    /// <summary>The path as sent.</summary>
    public required string Path { get; init; }

    /// <summary>True for <c>/api/v1/...</c> and <c>/apis/group/version/...</c> with a resource behind it.</summary>
    public bool IsResource { get; init; }

    /// <summary>API group; empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>API version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Namespace, or empty.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Plural resource name.</summary>
    public string Resource { get; init; } = "";

    /// <summary>Object name, or empty for a collection.</summary>
    public string Name { get; init; } = "";

    /// <summary>Subresource, or empty.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Resource and group, <c>loadbalancers.networking.ironcore.dev</c>.</summary>
    public string QualifiedResource => Group.Length == 0 ? Resource : $"{Resource}.{Group}";

    /// <summary>Reads method, path and the <c>watch</c> parameter.</summary>
    public static RequestInfo Parse(string method, string path, bool isWatch)
    {
        string[] parts = path.Contains("//", StringComparison.Ordinal) ? [] : path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int at;
        string group;
        if (parts is ["api", _, _, ..])
        {
            group = "";
            at = 2;
        }
        else if (parts is ["apis", _, _, _, ..])
        {
            group = parts[1];
            at = 3;
        }
        else
        {
            return new RequestInfo { Verb = method.ToLowerInvariant(), Path = path };
        }

        string version = parts[at - 1];
        if (parts[at] == "watch" && parts.Length > at + 1)
        {
            isWatch = true;
            at++;
        }

        string ns = "";
        if (parts[at] == "namespaces" && parts.Length > at + 1)
        {
            // namespaces/x and its own subresources are about the namespace; anything longer is in it.
            bool isNamespaceItself = parts.Length == at + 2
                || (parts.Length == at + 3 && parts[at + 2] is "status" or "finalize");
            ns = parts[at + 1];
            if (!isNamespaceItself)
            {
                at += 2;
            }
        }

        string name = parts.Length > at + 1 ? parts[at + 1] : "";
        return new RequestInfo
        {
            Verb = VerbOf(method, name.Length > 0, isWatch),
            Path = path,
            IsResource = true,
            Group = group,
            Version = version,
            Namespace = ns,
            Resource = parts[at],
            Name = name,
            Subresource = parts.Length > at + 2 ? string.Join('/', parts[(at + 2)..]) : "",
        };
    }

    private static string VerbOf(string method, bool hasName, bool isWatch) => method switch
    {
        "GET" when isWatch => "watch",
        "GET" => hasName ? "get" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => hasName ? "delete" : "deletecollection",
        _ => method.ToLowerInvariant(),
    };
}
