using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;
using Lodestone.Client.Config;

namespace Lodestone.ApiServer.Security.Certificates;

/// <summary>The ConfigMap <c>kube-public/cluster-info</c>, which anybody may read: from it a machine that joins takes the CA, and checks it by the hash it was given.</summary>
internal static class ClusterInfo
{
    /// <summary>Its namespace.</summary>
    public const string Namespace = "kube-public";

    /// <summary>Its name.</summary>
    public const string Name = "cluster-info";

    /// <summary>Where it is read.</summary>
    public const string Path = $"/api/v1/namespaces/{Namespace}/configmaps/{Name}";

    private const string Key = "kubeconfig";

    /// <summary>Makes it name the CA. Where it does, what else somebody wrote there stays, such as another URL.</summary>
    public static async Task EnsureAsync(ResourceCatalog catalog, Uri server, string authorityPem)
    {
        ObjectRegistry configMaps = catalog.Registry(ResourceDefinitions.ConfigMap);
        string kubeconfig = KubeConfigText.OfCluster(server, authorityPem);
        if (configMaps.Read().Objects.Find($"{Namespace}/{Name}") is not { } found)
        {
            await configMaps.CreateAsync(
                Namespace, new ConfigMap { Metadata = new ObjectMeta { Name = Name }, Data = new() { [Key] = kubeconfig } }, new WriteOptions());
        }
        else if (!Names(configMaps, found, authorityPem))
        {
            await configMaps.UpdateAsync(Namespace, Name, isStatus: false, isReplacement: false, current =>
            {
                var value = (ConfigMap)configMaps.Codec.Decode(current);
                (value.Data ??= [])[Key] = kubeconfig;
                return value;
            }, new WriteOptions());
        }
    }

    private static bool Names(ObjectRegistry configMaps, StoredObject found, string authorityPem) =>
        ((ConfigMap)configMaps.Codec.Decode(found)).Data?.GetValueOrDefault(Key)?.Contains(KubeConfigText.Base64(authorityPem), StringComparison.Ordinal) == true;
}
