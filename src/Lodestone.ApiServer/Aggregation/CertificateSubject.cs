using System.Security.Cryptography.X509Certificates;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Whom a client's certificate names: CN is the user, O are the groups.</summary>
internal static class CertificateSubject
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    /// <summary>The user; null where there is no CN. Nothing else stands in for one.</summary>
    public static UserInfo? Of(X509Certificate2 certificate)
    {
        string? name = null;
        var groups = new List<string>();
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            switch (part.HasMultipleElements ? null : part.GetSingleElementType().Value)
            {
                case CommonName:
                    name = part.GetSingleElementValue();
                    break;
                case Organization when part.GetSingleElementValue() is { } group:
                    groups.Add(group);
                    break;
            }
        }

        return string.IsNullOrEmpty(name) ? null : new UserInfo(name, groups);
    }
}
