using System.Security.Cryptography;
using System.Text;
using Lodestone.Client.Certificates;

namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary><c>kubectl get csr</c> and <c>kubectl certificate</c>, with each version of kubectl.</summary>
public sealed class KubectlCertificateTests(KubectlFixture kubectl) : IClassFixture<KubectlFixture>
{
    public static TheoryData<string> Versions { get; } = [.. KubectlFixture.Versions];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Certificate_ApproveAndDeny(string program)
    {
        string id = Guid.NewGuid().ToString("N")[..8];
        await kubectl.RunAsync("create -f -", Manifest($"yes-{id}"), program: program);
        await kubectl.RunAsync("create -f -", Manifest($"no-{id}"), program: program);

        Assert.Matches($@"yes-{id}\s+\S+\s+lodestone.dev/agent\s+lodestone:admin\s+24h\s+Pending", await kubectl.RunAsync($"get csr yes-{id}", program: program));
        await kubectl.RunAsync($"certificate approve yes-{id}", program: program);
        await kubectl.RunAsync($"certificate deny no-{id}", program: program);
        await kubectl.RunAsync($"wait --for=jsonpath={{.status.certificate}} csr/yes-{id} --timeout=20s", program: KubectlFixture.Versions[^1]);

        Assert.Matches($@"yes-{id}\s.*Approved,Issued", await kubectl.RunAsync($"get csr yes-{id}", program: program));
        Assert.Matches($@"no-{id}\s.*Denied", await kubectl.RunAsync($"get csr no-{id}", program: program));
        Assert.Contains("lodestone.dev/agent", await kubectl.RunAsync($"describe csr yes-{id}", program: program), StringComparison.Ordinal);
    }

    private static string Manifest(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return $"""
            apiVersion: certificates.k8s.io/v1
            kind: CertificateSigningRequest
            metadata:
              name: {name}
            spec:
              request: {Convert.ToBase64String(Encoding.ASCII.GetBytes(AgentIdentity.RequestFor(name, key)))}
              signerName: lodestone.dev/agent
              expirationSeconds: 86400
              usages: [digital signature, client auth]
            """;
    }
}
