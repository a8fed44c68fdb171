using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Api.Certificates;
using Lodestone.Api.Validation;
using Lodestone.Client.Certificates;

namespace Lodestone.ApiServer.Security.Certificates;

/// <summary>A request for an agent's certificate, as far as it is one: for which host, with which key, and whether it is approved without a person.</summary>
/// <remarks>
/// Kubernetes' csrapproving controller and kubelet signer, for our agents: the subject is <c>O=lodestone:agents, CN=lodestone:agent:HOST</c>;
/// a machine that joins may have it for a host that does not live, an agent for its own.
/// </remarks>
internal sealed class AgentRequest
{
    private const int MinRsaBits = 2048;
    private static readonly string[] Usages = [CertificateUsages.DigitalSignature, CertificateUsages.KeyEncipherment, CertificateUsages.ClientAuth];

    private AgentRequest(string host, PublicKey key)
    {
        Host = host;
        Key = key;
    }

    /// <summary>The host.</summary>
    public string Host { get; }

    /// <summary>The agent's public key.</summary>
    public PublicKey Key { get; }

    /// <summary>Reads what a request asks for.</summary>
    /// <param name="spec">The request.</param>
    /// <param name="problem">Why it can't be signed.</param>
    public static AgentRequest? Read(CertificateSigningRequestSpec spec, out string problem)
    {
        if (!SigningRequest.TryRead(spec.Request, out CertificateRequest? request, out string? unreadable))
        {
            problem = unreadable;
            return null;
        }

        (string? user, List<string> groups) = Pki.SubjectOf(request.SubjectName);
        string host = user?.StartsWith(UserInfo.AgentPrefix, StringComparison.Ordinal) == true ? user[UserInfo.AgentPrefix.Length..] : "";
        problem = groups is not [UserInfo.Agents] || host.Length == 0 ? $"the subject must be O={UserInfo.Agents}, CN={UserInfo.AgentPrefix}HOST"
            : Names.CheckDnsSubdomain(host).FirstOrDefault() is { } wrong ? $"host {FieldError.Quote(host)}: {wrong}"
            : host == UserInfo.ControllersLease ? $"host {FieldError.Quote(host)}: the name is that of the controllers' Lease"
            : spec.Usages?.Contains(CertificateUsages.ClientAuth) != true || !spec.Usages.All(Usages.Contains) ? $"usages must be of {string.Join(", ", Usages.Select(FieldError.Quote))}, the last included"
            : !IsStrong(request.PublicKey) ? $"the key must be ECDSA of P-256, P-384 or P-521, or RSA of at least {MinRsaBits} bits"
            : "";
        return problem.Length == 0 ? new AgentRequest(host, request.PublicKey) : null;
    }

    /// <summary>Whether it is approved without a person.</summary>
    /// <param name="spec">The request, with who asks.</param>
    /// <param name="isHostAlive">Whether an agent of a host heartbeats.</param>
    public AgentRequestDecision Decide(CertificateSigningRequestSpec spec, Func<string, bool> isHostAlive)
    {
        List<string> groups = spec.Groups ?? [];
        if (groups.Contains(UserInfo.Agents))
        {
            return spec.Username == UserInfo.AgentPrefix + Host
                ? new(true, "AutoApproved", "the agent of the host renews its certificate")
                : new(false, "OtherHost", $"the agent {spec.Username} may not have the certificate of host {Host}");
        }

        if (!groups.Contains(BootstrapToken.AgentsGroup))
        {
            return new(null, "", "");
        }

        if (spec.Extra?.GetValueOrDefault(BootstrapToken.HostKey) is { } hosts && !hosts.Contains(Host))
        {
            return new(false, "OtherHost", $"the token is for host {string.Join(", ", hosts)}, not for {Host}");
        }

        return isHostAlive(Host)
            ? new(false, "HostAlive", $"host {Host} has an agent that heartbeats: stop that one first, or join under another name")
            : new(true, "AutoApproved", "a machine joins with a bootstrap token");
    }

    private static bool IsStrong(PublicKey key)
    {
        try
        {
            using ECDsa? ecdsa = key.GetECDsaPublicKey();
            using RSA? rsa = key.GetRSAPublicKey();
            return ecdsa?.KeySize is 256 or 384 or 521 || rsa?.KeySize >= MinRsaBits;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
