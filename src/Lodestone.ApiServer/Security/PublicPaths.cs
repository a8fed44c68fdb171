namespace Lodestone.ApiServer.Security;

/// <summary>Paths that are for everybody, also without credentials; what is there of resources, roles have to grant besides.</summary>
internal static class PublicPaths
{
    private static readonly string[] Paths = ["/version", "/livez", "/readyz", "/healthz", Certificates.ClusterInfo.Path];

    /// <summary>Whether the path is one of them, or below one.</summary>
    public static bool Contains(string path) =>
        Array.Exists(Paths, p => path.StartsWith(p, StringComparison.Ordinal) && (path.Length == p.Length || path[p.Length] == '/'));
}
