using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Config;

namespace Lodestone.Client.Certificates;

/// <summary>The kubeconfig of an agent that joined: it is the agent's own file, and written anew with every certificate.</summary>
/// <remarks>Certificate and key stand in the file itself, so that they change together.</remarks>
public static class AgentKubeConfig
{
    /// <summary>The first line; a kubeconfig without it is somebody else's, and its certificate is not renewed by the agent.</summary>
    public const string Marker = "# Written by 'lodestone agent join'. The agent renews the certificate in it.";

    /// <summary>Writes it, readable by its owner only.</summary>
    /// <param name="path">The file.</param>
    /// <param name="server">URL of the API server.</param>
    /// <param name="authorityPem">The CA that the server's certificate must chain to.</param>
    /// <param name="host">The host.</param>
    /// <param name="issued">The certificate.</param>
    public static void Write(string path, Uri server, string authorityPem, string host, IssuedCertificate issued) =>
        SecretFile.Write(path, Marker + "\n" + KubeConfigText.Of(server, authorityPem, AgentIdentity.UserOf(host), issued.CertificatePem, issued.KeyPem));

    /// <summary>Puts another certificate into it; server and CA stay.</summary>
    public static void Renew(string path, string host, IssuedCertificate issued)
    {
        var present = KubeConfig.Load(path);
        string authorities = string.Join('\n', present.CertificateAuthorities.Select(a => a.ExportCertificatePem())) + "\n";
        Write(path, present.Server, authorities, host, issued);
    }

    /// <summary>Whether a file is one.</summary>
    public static bool IsOne(string path)
    {
        try
        {
            using StreamReader reader = File.OpenText(path);
            return reader.ReadLine() == Marker;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The certificate in it.</summary>
    /// <exception cref="KubeConfigException">It can't be read, or holds none.</exception>
    public static X509Certificate2 Certificate(string path) =>
        KubeConfig.Load(path).ClientCertificate ?? throw new KubeConfigException($"kubeconfig '{path}' has no client certificate");
}
