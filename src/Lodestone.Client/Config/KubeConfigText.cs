using System.Text;
using System.Text.Json;

namespace Lodestone.Client.Config;

/// <summary>Writes kubeconfigs of one context, with everything in them.</summary>
public static class KubeConfigText
{
    /// <summary>A kubeconfig with a client certificate.</summary>
    /// <param name="server">URL of the server.</param>
    /// <param name="authorityPem">The CA that the server's certificate must chain to.</param>
    /// <param name="user">Name of the user, for people: the server goes by the certificate.</param>
    /// <param name="certificatePem">The client certificate.</param>
    /// <param name="keyPem">Its private key.</param>
    public static string Of(Uri server, string authorityPem, string user, string certificatePem, string keyPem) => $"""
        {ClusterOf(server, authorityPem)}
        users:
        - name: {Quote(user)}
          user:
            client-certificate-data: {Base64(certificatePem)}
            client-key-data: {Base64(keyPem)}
        contexts:
        - name: lodestone
          context:
            cluster: lodestone
            user: {Quote(user)}
        current-context: lodestone

        """;

    /// <summary>A kubeconfig that says where the server is and whom to trust, but not who one is.</summary>
    public static string OfCluster(Uri server, string authorityPem) => $"""
        {ClusterOf(server, authorityPem)}
        contexts:
        - name: lodestone
          context:
            cluster: lodestone
        current-context: lodestone

        """;

    private static string ClusterOf(Uri server, string authorityPem) => $"""
        apiVersion: v1
        kind: Config
        clusters:
        - name: lodestone
          cluster:
            server: {server.ToString().TrimEnd('/')}
            certificate-authority-data: {Base64(authorityPem)}
        """;

    /// <summary>A PEM as it stands in a kubeconfig.</summary>
    public static string Base64(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
