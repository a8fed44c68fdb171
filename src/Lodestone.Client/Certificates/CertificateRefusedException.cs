namespace Lodestone.Client.Certificates;

/// <summary>A request for a certificate was denied, or its signer could not sign it. Asking again the same way changes nothing.</summary>
public sealed class CertificateRefusedException : Exception
{
    /// <summary>A refusal without a text.</summary>
    public CertificateRefusedException()
    {
    }

    /// <summary>A refusal that says why.</summary>
    public CertificateRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>A refusal that says why, and its cause.</summary>
    public CertificateRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
