using System.Buffers.Text;
using System.Security.Cryptography;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>A key that tokens are signed with: ECDSA P-256.</summary>
internal sealed class TokenKey : IDisposable
{
    private readonly ECDsa _key;

    /// <summary>Takes a key and disposes it.</summary>
    public TokenKey(ECDsa key)
    {
        _key = key;
        Id = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        Point = key.ExportParameters(includePrivateParameters: false).Q;
    }

    /// <summary>Names the key in tokens and in the key set: the hash of the public key, as Kubernetes does it.</summary>
    public string Id { get; }

    /// <summary>The public key.</summary>
    public ECPoint Point { get; }

    /// <summary>A new key.</summary>
    public static TokenKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a private key.</summary>
    /// <exception cref="CryptographicException">It is none, or not on P-256.</exception>
    /// <exception cref="ArgumentException">The text is no key.</exception>
    public static TokenKey FromPem(ReadOnlySpan<char> pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != "1.2.840.10045.3.1.7")
            {
                throw new CryptographicException("the key is not on the curve P-256");
            }

            return new TokenKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The private key as PEM (PKCS #8).</summary>
    public string ToPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Signs as ES256 does (RFC 7518, section 3.4).</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (_key)
        {
            return _key.SignData(data, HashAlgorithmName.SHA256);
        }
    }

    /// <summary>Whether a signature is this key's.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        lock (_key)
        {
            return _key.VerifyData(data, signature, HashAlgorithmName.SHA256);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
