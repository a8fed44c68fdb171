using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lodestone.Client.Config;

/// <summary>How to reach an API server and who we are there: one context of a kubeconfig file.</summary>
public sealed record KubeConfig
{
    private const string ServiceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The server's base address.</summary>
    public required Uri Server { get; init; }

    /// <summary>Certificates that the server's must chain to; empty: the machine's trust store.</summary>
    public X509Certificate2Collection CertificateAuthorities { get; init; } = [];

    /// <summary>Our certificate with its private key; null where a token tells who we are.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The kubeconfig file, out of which new connections take a renewed certificate; null for none.</summary>
    public string? SourceFile { get; init; }

    /// <summary>Bearer token; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>File with a bearer token that may be renewed at any time; null for none. <see cref="Token"/> goes before it.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The context's namespace; <c>default</c> where it names none.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Name of the context, for messages.</summary>
    public string Context { get; init; } = "";

    /// <summary>Reads a kubeconfig file. Relative paths in it are relative to the file.</summary>
    /// <param name="path">The file; null: the first of <c>$KUBECONFIG</c>, else <c>~/.kube/config</c>.</param>
    /// <param name="context">The context; null: the file's current one.</param>
    /// <exception cref="KubeConfigException">The file can't be read or doesn't make sense.</exception>
    public static KubeConfig Load(string? path = null, string? context = null)
    {
        path ??= DefaultPath();
        try
        {
            using StreamReader reader = File.OpenText(path);
            return KubeConfigReader.Read(reader, path, context) with { SourceFile = Path.GetFullPath(path) };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"kubeconfig '{path}': {exception.Message}", exception);
        }
        catch (CryptographicException exception)
        {
            throw new KubeConfigException($"kubeconfig '{path}': a certificate or key can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>What a pod knows: the environment's address, and the token and CA of its service account.</summary>
    /// <param name="directory">Where the service account is mounted; null: where Kubernetes mounts it.</param>
    /// <exception cref="KubeConfigException">This isn't a pod, or it has no service account.</exception>
    public static KubeConfig InCluster(string? directory = null)
    {
        directory ??= ServiceAccountDirectory;
        string? host = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST");
        string? port = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            throw new KubeConfigException("this is no pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set); name a kubeconfig");
        }

        string tokenFile = Path.Combine(directory, "token");
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(Path.Combine(directory, "ca.crt"));
            File.OpenRead(tokenFile).Dispose();
            string ns = Path.Combine(directory, "namespace");
            return new KubeConfig
            {
                Server = new Uri($"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}/"),
                CertificateAuthorities = authorities,
                TokenFile = tokenFile,
                Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
                Context = "in-cluster",
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or UriFormatException)
        {
            throw new KubeConfigException($"service account in '{directory}': {exception.Message}", exception);
        }
    }

    private static string DefaultPath()
    {
        string? first = Environment.GetEnvironmentVariable("KUBECONFIG")?
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault();
        return first ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
    }
}
