using Lodestone.ApiServer.Aggregation;

namespace Lodestone.Aggregation.Tests.Aggregation;

/// <summary>What the real kube-apiserver makes of them, every other test here shows.</summary>
public sealed class ApiServiceManifestsTests
{
    [Fact]
    public void Write_InPods_SelectsThemAndKnowsTheirAuthority()
    {
        string manifests = ApiServiceManifests.Write(new ApiServiceManifestOptions { AuthorityPem = "pem", Port = 8443 });

        Assert.Contains("app.kubernetes.io/name: lodestone-apiserver", manifests, StringComparison.Ordinal);
        Assert.Contains("targetPort: 8443", manifests, StringComparison.Ordinal);
        Assert.Contains("caBundle: cGVt", manifests, StringComparison.Ordinal);
        Assert.DoesNotContain("insecureSkipTLSVerify", manifests, StringComparison.Ordinal);
        Assert.Equal(3, manifests.Split("kind: APIService\n").Length - 1);
    }

    [Fact]
    public void Write_OutsideTheCluster_NamesHostAndPort()
    {
        string manifests = ApiServiceManifests.Write(new ApiServiceManifestOptions { ExternalName = "lb.example.org", Port = 8443, Namespace = "ns", Service = "svc" });

        Assert.Contains("externalName: lb.example.org", manifests, StringComparison.Ordinal);
        Assert.Contains("    name: svc\n    namespace: ns\n    port: 8443\n", manifests, StringComparison.Ordinal);
        Assert.Contains("insecureSkipTLSVerify: true", manifests, StringComparison.Ordinal);
    }
}
