namespace Lodestone.Clients.Tests.Kubectl;

/// <summary>The <c>kubectl</c> programs of this machine.</summary>
/// <remarks>
/// Where <c>kubectl</c> is a dispatcher, the versions it chooses from lie beside it as <c>kubectl.1.N</c>; elsewhere the matrix is the one there is.
/// </remarks>
public static class KubectlBinary
{
    /// <summary>Paths, oldest first.</summary>
    public static IReadOnlyList<string> All { get; } = Find();

    private static string[] Find()
    {
        string onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(d => Path.Combine(d, "kubectl"))
            .FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("no kubectl on PATH; eng/kubernetes-clients gets one");
        string target = new FileInfo(onPath).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? onPath;
        string[] versions = [.. Directory.GetFiles(Path.GetDirectoryName(target)!, "kubectl.1.*").Order(StringComparer.Ordinal)];
        return versions.Length > 0 ? versions : [onPath];
    }
}
