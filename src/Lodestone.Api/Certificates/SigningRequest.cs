using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Lodestone.Api.Certificates;

/// <summary>Reads PKCS #10 requests (RFC 2986).</summary>
public static class SigningRequest
{
    /// <summary>Reads a request that is signed with the key it is for.</summary>
    /// <param name="pem">The request as PEM, label <c>CERTIFICATE REQUEST</c>.</param>
    /// <param name="request">Subject and public key; what else it wants is left out.</param>
    /// <param name="problem">What is wrong with it.</param>
    public static bool TryRead(byte[]? pem, [NotNullWhen(true)] out CertificateRequest? request, [NotNullWhen(false)] out string? problem)
    {
        request = null;
        problem = null;
        try
        {
            request = CertificateRequest.LoadSigningRequestPem(
                Encoding.UTF8.GetString(pem ?? []), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            problem = exception is ArgumentException ? "PEM block type must be CERTIFICATE REQUEST" : exception.Message;
            return false;
        }
    }
}
