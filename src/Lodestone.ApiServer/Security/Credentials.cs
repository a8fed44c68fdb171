using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Certificates;
using Lodestone.Client.Config;

namespace Lodestone.ApiServer.Security;

/// <summary>The CA of a data directory, and what it issues: the server's certificate, client certificates, kubeconfigs.</summary>
/// <remarks>Files in the directory: <c>ca.crt ca.key server.crt server.key kubeconfig</c>; keys and kubeconfig are readable by their owner only.</remarks>
public sealed class Credentials : IDisposable
{
    /// <summary>How long a client certificate is valid unless asked otherwise.</summary>
    public static readonly TimeSpan ClientValidity = TimeSpan.FromDays(365);

    /// <summary>What ends so soon is renewed.</summary>
    internal static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly X509Certificate2 _authority;

    private Credentials(string directory, X509Certificate2 authority, TimeProvider time)
    {
        _directory = directory;
        _authority = authority;
        _time = time;
    }

    /// <summary>The CA's certificate as PEM.</summary>
    public string AuthorityPem => _authority.ExportCertificatePem();

    /// <summary>The CA's certificate.</summary>
    internal X509Certificate2 Authority => _authority;

    /// <summary>Opens the CA of a data directory, or makes directory and CA when there is none.</summary>
    public static Credentials Open(string dataDirectory, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        Directory.CreateDirectory(dataDirectory);
        string certificatePath = Path.Combine(dataDirectory, "ca.crt");
        string keyPath = Path.Combine(dataDirectory, "ca.key");
        if (!File.Exists(certificatePath) || !File.Exists(keyPath))
        {
            using X509Certificate2 created = Pki.CreateAuthority(time.GetUtcNow());
            WriteSecret(keyPath, Pki.ExportKey(created));
            WritePublic(certificatePath, created.ExportCertificatePem() + "\n");
        }

        return new Credentials(dataDirectory, X509Certificate2.CreateFromPemFile(certificatePath, keyPath), time);
    }

    /// <summary>Issues a client certificate and returns a kubeconfig that uses it.</summary>
    /// <param name="server">URL of the server, <c>https://127.0.0.1:6443</c>.</param>
    /// <param name="user">User name, for example <c>lodestone:agent:host-b</c>.</param>
    /// <param name="groups">Groups, for example <c>lodestone:agents</c>.</param>
    /// <param name="validity">How long it is valid; a year when not given.</param>
    public string IssueKubeconfig(Uri server, string user, IReadOnlyList<string> groups, TimeSpan? validity = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        using X509Certificate2 client = Pki.CreateClient(_authority, user, groups, _time.GetUtcNow(), validity ?? ClientValidity);
        return KubeConfigText.Of(server, AuthorityPem, user, client.ExportCertificatePem(), Pki.ExportKey(client));
    }

    /// <summary>The kubeconfig of a node agent: user <c>lodestone:agent:HOST</c>, group <c>lodestone:agents</c>.</summary>
    public string IssueAgentKubeconfig(Uri server, string host, TimeSpan? validity = null) =>
        IssueKubeconfig(server, UserInfo.AgentPrefix + host, [UserInfo.Agents], validity);

    /// <summary>The kubeconfig of the controllers: user <c>lodestone:controller</c>, group <c>lodestone:controllers</c>.</summary>
    public string IssueControllerKubeconfig(Uri server, TimeSpan? validity = null) =>
        IssueKubeconfig(server, "lodestone:controller", [UserInfo.Controllers], validity);

    /// <summary>The kubeconfig of a person who administers Lodestone (group <c>lodestone:admins</c>), or only looks at it (<c>lodestone:viewers</c>).</summary>
    public string IssueUserKubeconfig(Uri server, string user, bool isAdmin, TimeSpan? validity = null) =>
        IssueKubeconfig(server, user, [isAdmin ? UserInfo.Admins : UserInfo.Viewers], validity);

    /// <summary>Makes a new key for service account tokens. Tokens of the <paramref name="keep"/> keys before it count until they end.</summary>
    /// <exception cref="CryptographicException">The file <c>service-account.key</c> holds something else than keys.</exception>
    public static void RotateTokenKey(string dataDirectory, int keep) => Tokens.TokenKeyRing.Rotate(dataDirectory, keep);

    /// <summary>Writes text that holds a key to a file that only its owner may read; replaces the file as a whole.</summary>
    public static void WriteSecret(string path, string text) => SecretFile.Write(path, text);

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    /// <summary>The server's certificate: the one on disk while it covers these names and is not about to end, else a new one.</summary>
    internal X509Certificate2 ServerCertificate(IReadOnlyCollection<string> names)
    {
        string certificatePath = Path.Combine(_directory, "server.crt");
        string keyPath = Path.Combine(_directory, "server.key");
        DateTimeOffset now = _time.GetUtcNow();
        if (File.Exists(certificatePath) && File.Exists(keyPath))
        {
            X509Certificate2 existing = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            if (existing.NotAfter.ToUniversalTime() > now.UtcDateTime + RenewBefore && names.All(n => existing.MatchesHostname(n, allowWildcards: false, allowCommonName: false)))
            {
                return existing;
            }

            existing.Dispose();
        }

        X509Certificate2 created = Pki.CreateServer(_authority, names, now);
        WriteSecret(keyPath, Pki.ExportKey(created));
        WritePublic(certificatePath, created.ExportCertificatePem() + "\n");
        return created;
    }

    /// <summary>The kubeconfig of the administrator who may do everything.</summary>
    internal string IssueAdminKubeconfig(Uri server) => IssueKubeconfig(server, "lodestone:admin", [UserInfo.Masters]);

    private static void WritePublic(string path, string text) =>
        SecretFile.Write(path, text, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
}
