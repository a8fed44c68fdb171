namespace Lodestone.Api.Certificates;

/// <summary>What a <see cref="CertificateSigningRequest"/> asks for. Who asks is set by the server.</summary>
public sealed class CertificateSigningRequestSpec
{
    /// <summary>The PKCS #10 request, as PEM (RFC 7468).</summary>
    public byte[]? Request { get; set; }

    /// <summary>Who is to sign: a domain, a slash and a path, such as <c>lodestone.dev/agent</c>.</summary>
    public string SignerName { get; set; } = "";

    /// <summary>Seconds that the certificate should be valid, at least 600; the signer may give less. Null: as the signer likes.</summary>
    public int? ExpirationSeconds { get; set; }

    /// <summary>What the key is to be used for, in Kubernetes' words: <c>digital signature</c>, <c>client auth</c>, ...</summary>
    public List<string>? Usages { get; set; }

    /// <summary>Name of the user who asks.</summary>
    public string? Username { get; set; }

    /// <summary>UID of the user who asks.</summary>
    public string? Uid { get; set; }

    /// <summary>Groups of the user who asks.</summary>
    public List<string>? Groups { get; set; }

    /// <summary>What else the user's credentials say.</summary>
    public Dictionary<string, List<string>>? Extra { get; set; }
}
