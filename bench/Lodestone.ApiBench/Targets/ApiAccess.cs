using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Config;

namespace Lodestone.ApiBench.Targets;

/// <summary>Where a server is, whom to trust and who we are.</summary>
internal sealed record ApiAccess(Uri Server, X509Certificate2Collection Authorities, X509Certificate2? ClientCertificate, string? Token)
{
    public static ApiAccess Load(string kubeconfig)
    {
        var config = KubeConfig.Load(kubeconfig);
        return new ApiAccess(config.Server, config.CertificateAuthorities, config.ClientCertificate, config.Token);
    }

    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(Authorities);
        return policy;
    }
}
