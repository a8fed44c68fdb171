using System.Security.Cryptography;
using System.Text;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security.Rbac;
using Lodestone.Client.Certificates;

namespace Lodestone.ApiServer.Security.Certificates;

/// <summary>The Secret that machines which join take the key from that flows are hashed under, so that all gateways have the same.</summary>
internal static class FlowHashSecret
{
    private const int KeyBytes = 32;

    /// <summary>Makes Secret and file where there are none, each of the other; where both are there, they stay.</summary>
    /// <param name="catalog">The kinds.</param>
    /// <param name="file">The key of this machine's own agent, 64 hexadecimal digits.</param>
    public static async Task EnsureAsync(ResourceCatalog catalog, string file)
    {
        ObjectRegistry secrets = catalog.Registry(ResourceDefinitions.Secret);
        bool hasFile = File.Exists(file);
        if (secrets.Read().Objects.Find($"{AgentRole.SystemNamespace}/{AgentRole.FlowHashSecret}") is { } found)
        {
            if (!hasFile && ((Secret)secrets.Codec.Decode(found)).Data?.GetValueOrDefault(AgentRole.FlowHashSecretKey) is { Length: > 0 } kept)
            {
                Write(file, Encoding.ASCII.GetString(kept).Trim());
            }

            return;
        }

        string key = hasFile ? (await File.ReadAllTextAsync(file)).Trim() : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        await secrets.CreateAsync(
            AgentRole.SystemNamespace,
            new Secret { Metadata = new ObjectMeta { Name = AgentRole.FlowHashSecret }, Data = new() { [AgentRole.FlowHashSecretKey] = Encoding.ASCII.GetBytes(key) } },
            new WriteOptions());
        if (!hasFile)
        {
            Write(file, key);
        }
    }

    private static void Write(string file, string key)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        SecretFile.Write(file, key + "\n");
    }
}
