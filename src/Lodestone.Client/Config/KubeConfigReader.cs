using System.Security.Cryptography.X509Certificates;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Lodestone.Client.Config;

/// <summary>Reads a kubeconfig from its YAML tree; nothing here needs reflection.</summary>
internal sealed class KubeConfigReader
{
    private readonly string _path;
    private readonly YamlMappingNode _root;

    private KubeConfigReader(string path, YamlMappingNode root)
    {
        _path = path;
        _root = root;
    }

    /// <summary>Reads one context; <paramref name="path"/> names the file in messages and anchors relative paths.</summary>
    internal static KubeConfig Read(TextReader text, string path, string? contextName)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(text);
        }
        catch (YamlException exception)
        {
            throw new KubeConfigException($"kubeconfig '{path}' line {exception.Start.Line}: {exception.Message}", exception);
        }

        if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            throw new KubeConfigException($"kubeconfig '{path}' is empty");
        }

        return new KubeConfigReader(path, root).Read(contextName);
    }

    private KubeConfig Read(string? contextName)
    {
        contextName ??= Text(_root, "current-context");
        if (string.IsNullOrEmpty(contextName))
        {
            throw Error("current-context is not set; name a context");
        }

        YamlMappingNode context = Named("contexts", contextName, "context");
        string clusterName = Required(context, "cluster", $"contexts[{contextName}].context");
        YamlMappingNode cluster = Named("clusters", clusterName, "cluster");
        string server = Required(cluster, "server", $"clusters[{clusterName}].cluster");
        if (!Uri.TryCreate(server.TrimEnd('/') + "/", UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http"))
        {
            throw Error($"clusters[{clusterName}].cluster.server: \"{server}\" is not an http or https address");
        }

        // What we don't honour must not be ignored in silence: either would weaken or change whom we trust.
        foreach (string unsupported in (string[])["insecure-skip-tls-verify", "tls-server-name", "proxy-url"])
        {
            if (Text(cluster, unsupported) is { } value && value is not ("" or "false"))
            {
                throw Error($"clusters[{clusterName}].cluster.{unsupported} is not supported");
            }
        }

        var authorities = new X509Certificate2Collection();
        if (Bytes(cluster, "certificate-authority") is { } pem)
        {
            authorities.ImportFromPem(Encoding.UTF8.GetString(pem));
        }

        string userName = Text(context, "user") ?? "";
        YamlMappingNode user = userName.Length == 0 ? new YamlMappingNode() : Named("users", userName, "user");
        foreach (string unsupported in (string[])["exec", "auth-provider", "username"])
        {
            if (user.Children.ContainsKey(new YamlScalarNode(unsupported)))
            {
                throw Error($"users[{userName}].user.{unsupported} is not supported; use a client certificate or a token");
            }
        }

        string? token = Text(user, "token");
        string? tokenFile = string.IsNullOrEmpty(token) && Text(user, "tokenFile") is { Length: > 0 } file ? Resolve(file) : null;
        if (tokenFile is not null)
        {
            File.OpenRead(tokenFile).Dispose();
        }

        return new KubeConfig
        {
            Server = uri,
            CertificateAuthorities = authorities,
            ClientCertificate = ClientCertificate(user, userName),
            Token = string.IsNullOrEmpty(token) ? null : token,
            TokenFile = tokenFile,
            Namespace = Text(context, "namespace") is { Length: > 0 } ns ? ns : "default",
            Context = contextName,
        };
    }

    private X509Certificate2? ClientCertificate(YamlMappingNode user, string userName)
    {
        byte[]? certificate = Bytes(user, "client-certificate");
        byte[]? key = Bytes(user, "client-key");
        if (certificate is null && key is null)
        {
            return null;
        }

        if (certificate is null || key is null)
        {
            throw Error($"users[{userName}].user: client-certificate and client-key belong together; one is missing");
        }

        return X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key));
    }

    /// <summary>A field that is either inline (<c>NAME-data</c>, base64, preferred as kubectl does) or a file (<c>NAME</c>).</summary>
    private byte[]? Bytes(YamlMappingNode node, string name)
    {
        if (Text(node, name + "-data") is { Length: > 0 } data)
        {
            try
            {
                return Convert.FromBase64String(data);
            }
            catch (FormatException exception)
            {
                throw new KubeConfigException($"kubeconfig '{_path}': {name}-data is not base64", exception);
            }
        }

        return Text(node, name) is { Length: > 0 } file ? File.ReadAllBytes(Resolve(file)) : null;
    }

    private string Resolve(string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_path))!, file);

    private YamlMappingNode Named(string list, string name, string member)
    {
        if (Child(_root, list) is YamlSequenceNode entries)
        {
            foreach (YamlNode entry in entries)
            {
                if (entry is YamlMappingNode mapping && Text(mapping, "name") == name)
                {
                    return Child(mapping, member) as YamlMappingNode ?? throw Error($"{list}[{name}].{member} is missing");
                }
            }
        }

        throw Error($"{list} has no entry named \"{name}\"");
    }

    private string Required(YamlMappingNode node, string name, string path) =>
        Text(node, name) is { Length: > 0 } text ? text : throw Error($"{path}.{name} is missing");

    private static string? Text(YamlMappingNode node, string name) => (Child(node, name) as YamlScalarNode)?.Value;

    private static YamlNode? Child(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? child) ? child : null;

    private KubeConfigException Error(string problem) => new($"kubeconfig '{_path}': {problem}");
}
