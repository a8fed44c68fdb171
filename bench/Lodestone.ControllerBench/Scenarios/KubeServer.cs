using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Lodestone.Api.CustomResources;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>kube-apiserver with etcd that waits for the disk, and our kinds as custom resources.</summary>
internal static class KubeServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<KubeApiServer> StartAsync(string directory)
    {
        KubeApiServer server = await KubeApiServer.StartAsync(new KubeApiServerOptions { Directory = directory, IsDurable = true });
        var config = KubeConfig.Load(server.Kubeconfig);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.ClientCertificates = [config.ClientCertificate!];
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(config.CertificateAuthorities);
        using var http = new HttpClient(handler) { BaseAddress = config.Server };
        foreach (ResourceDefinition definition in CustomResourceWriter.Kinds)
        {
            using var body = new ByteArrayContent(Render(definition));
            body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage answer = await http.PostAsync(new Uri("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", UriKind.Relative), body);
            if (answer.StatusCode != HttpStatusCode.Created)
            {
                throw new InvalidOperationException($"{definition.Kind} was refused: {await answer.Content.ReadAsStringAsync()}");
            }
        }

        using var client = new ApiClient(config);
        await ServedAsync<LoadBalancer>(client);
        await ServedAsync<LoadBalancerRouting>(client);
        await ServedAsync<LoadBalancerRoutingSlice>(client);
        await ServedAsync<Network>(client);
        await ServedAsync<NetworkInterface>(client);
        await ServedAsync<AddressPool>(client);
        return server;
    }

    private static byte[] Render(ResourceDefinition definition)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            CustomResourceWriter.Write(writer, definition);
        }

        return stream.ToArray();
    }

    /// <summary>A custom resource is served a moment after its definition is there.</summary>
    private static async Task ServedAsync<T>(ApiClient client)
        where T : KubernetesObject
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await client.ListPageAsync<T>(new ListOptions { Limit = 1 });
                return;
            }
            catch (ApiException exception) when (exception.IsNotFound && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(100);
            }
        }
    }
}
