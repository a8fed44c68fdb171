using System.Security.Cryptography;
using System.Text;
using Lodestone.Api.Certificates;
using Lodestone.Api.Meta;
using Lodestone.Client.Http;

namespace Lodestone.Client.Certificates;

/// <summary>Asks an API server for an agent's certificate: makes a key, creates a CertificateSigningRequest and waits for what becomes of it.</summary>
/// <param name="client">The API, as who may ask: a machine that joins, or the agent itself.</param>
/// <param name="time">The clock.</param>
public sealed class AgentCertificateRequester(ApiClient client, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks, and waits until the request is decided.</summary>
    /// <param name="host">The host.</param>
    /// <param name="waiting">Told the request's name when it is not decided at once; null: nobody wants to know.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CertificateRefusedException">It was denied, or can't be signed.</exception>
    /// <exception cref="ApiException">The server refuses the request itself.</exception>
    /// <exception cref="HttpRequestException">The server can't be reached.</exception>
    public async Task<IssuedCertificate> RequestAsync(string host, Action<string>? waiting = null, CancellationToken cancellationToken = default)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateSigningRequest request = await client.CreateAsync(
            new CertificateSigningRequest
            {
                Metadata = new ObjectMeta { GenerateName = $"lodestone-agent-{host}-" },
                Spec = new CertificateSigningRequestSpec
                {
                    Request = Encoding.ASCII.GetBytes(AgentIdentity.RequestFor(host, key) + "\n"),
                    SignerName = SignerNames.Agent,
                    Usages = [CertificateUsages.DigitalSignature, CertificateUsages.ClientAuth],
                },
            },
            cancellationToken);
        bool hasTold = false;
        while (true)
        {
            // Mostly it is decided by now.
            request = await client.GetAsync<CertificateSigningRequest>(request.Key, cancellationToken);
            if (request.Status?.Certificate is { Length: > 0 } certificate)
            {
                return new IssuedCertificate(Encoding.UTF8.GetString(certificate), key.ExportPkcs8PrivateKeyPem());
            }

            if (request.Status?.Conditions?.Find(c => c.Type is CertificateSigningRequestCondition.Denied or CertificateSigningRequestCondition.Failed) is { } refusal)
            {
                throw new CertificateRefusedException(refusal.Message ?? refusal.Reason ?? refusal.Type);
            }

            await Task.Delay(LookEvery, time, cancellationToken);
            if (!hasTold)
            {
                waiting?.Invoke(request.Metadata.Name!);
                hasTold = true;
            }
        }
    }
}
