using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lodestone.Client.Certificates;

/// <summary>A CA known by its public key, as kubeadm's <c>--discovery-token-ca-cert-hash</c>: <c>sha256:</c> and 64 hexadecimal digits.</summary>
/// <remarks>SHA-256 of the SubjectPublicKeyInfo in DER (RFC 7469, 2.4). A CA that is renewed with its key keeps it.</remarks>
/// <param name="Hash">The 64 digits, in lower case.</param>
public readonly record struct PublicKeyPin(string Hash)
{
    private const string Algorithm = "sha256:";

    /// <summary>The pin of a certificate.</summary>
    public static PublicKeyPin Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new(Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())));
    }

    /// <summary>Reads a pin.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PublicKeyPin pin)
    {
        string hash = text?.StartsWith(Algorithm, StringComparison.OrdinalIgnoreCase) == true ? text[Algorithm.Length..] : "";
        bool isPin = hash.Length == 2 * SHA256.HashSizeInBytes && hash.All(char.IsAsciiHexDigit);
        pin = new PublicKeyPin(isPin ? hash.ToLowerInvariant() : "");
        return isPin;
    }

    /// <inheritdoc/>
    public override string ToString() => Algorithm + Hash;
}
