using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lodestone.Client.Certificates;

/// <summary>Who an agent is to the API server: user <c>lodestone:agent:HOST</c> of group <c>lodestone:agents</c>.</summary>
public static class AgentIdentity
{
    private const string Group = "lodestone:agents";
    private const string UserPrefix = "lodestone:agent:";
    private const string CommonName = "2.5.4.3";

    /// <summary>The user name.</summary>
    public static string UserOf(string host) => UserPrefix + host;

    /// <summary>The request that an agent signs to get its certificate (PKCS #10, PEM).</summary>
    public static string RequestFor(string host, ECDsa key)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName(Group);
        subject.AddCommonName(UserOf(host));
        return new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    /// <summary>The host of an agent's certificate; null where it is somebody else's.</summary>
    public static string? HostOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        string? user = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
            .Select(part => part.GetSingleElementValue())
            .FirstOrDefault();
        return user?.StartsWith(UserPrefix, StringComparison.Ordinal) == true ? user[UserPrefix.Length..] : null;
    }
}
