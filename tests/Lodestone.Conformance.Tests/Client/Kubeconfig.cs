using System.Security.Cryptography.X509Certificates;
using System.Text;
using YamlDotNet.RepresentationModel;

namespace Lodestone.Conformance.Tests.Client;

/// <summary>The current context of a kubeconfig: where the server is, how it shows who it is, and who we are.</summary>
internal sealed class Kubeconfig
{
    private Kubeconfig(Uri server, X509Certificate2? authority, X509Certificate2? certificate, string? token)
    {
        Server = server;
        Authority = authority;
        Certificate = certificate;
        Token = token;
    }

    public Uri Server { get; }

    /// <summary>Null: those the system trusts.</summary>
    public X509Certificate2? Authority { get; }

    public X509Certificate2? Certificate { get; }

    public string? Token { get; }

    public static Kubeconfig Load(string path)
    {
        var stream = new YamlStream();
        using (var reader = new StreamReader(path))
        {
            stream.Load(reader);
        }

        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        YamlMappingNode context = Named(root, "contexts", Text(root, "current-context")!, "context");
        YamlMappingNode cluster = Named(root, "clusters", Text(context, "cluster")!, "cluster");
        YamlMappingNode user = Named(root, "users", Text(context, "user")!, "user");
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? authority = Content(cluster, "certificate-authority", directory);
        string? certificate = Content(user, "client-certificate", directory);
        return new Kubeconfig(
            new Uri(Text(cluster, "server")!),
            authority is null ? null : X509Certificate2.CreateFromPem(authority),
            certificate is null ? null : Pair(certificate, Content(user, "client-key", directory)!),
            Text(user, "token"));
    }

    private static X509Certificate2 Pair(string certificate, string key)
    {
        using var pair = X509Certificate2.CreateFromPem(certificate, key);
        return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }

    private static YamlMappingNode Named(YamlMappingNode root, string list, string name, string member) =>
        (YamlMappingNode)((YamlSequenceNode)root[list]).Cast<YamlMappingNode>().First(n => Text(n, "name") == name)[member];

    private static string? Text(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(name, out YamlNode? value) ? ((YamlScalarNode)value).Value : null;

    private static string? Content(YamlMappingNode node, string name, string directory) =>
        Text(node, name + "-data") is { } data ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
        : Text(node, name) is { } file ? File.ReadAllText(Path.Combine(directory, file))
        : null;
}
