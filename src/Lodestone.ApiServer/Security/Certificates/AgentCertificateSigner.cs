using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Certificates;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security.Rbac;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Security.Certificates;

/// <summary>Approves and signs requests of signer <c>lodestone.dev/agent</c>; requests of whatever signer go some time after they are done with.</summary>
/// <remarks>
/// The parts of three controllers of Kubernetes (csrapproving, csrsigning, csrcleaner). Level-based. What nobody may decide here waits for
/// <c>kubectl certificate approve</c>; that is signed too, if it is for an agent.
/// </remarks>
internal sealed partial class AgentCertificateSigner(
    IObjectStore store, ResourceCatalog catalog, X509Certificate2 authority, TimeSpan validity, TimeProvider time, ILogger<AgentCertificateSigner> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DecidedLives = TimeSpan.FromHours(1);
    private static readonly TimeSpan PendingLives = TimeSpan.FromHours(24);

    private readonly ObjectRegistry _requests = catalog.Registry(ResourceDefinitions.CertificateSigningRequest);
    private readonly ObjectRegistry _leases = catalog.Registry(ResourceDefinitions.Lease);
    private readonly StoreFeed _feed = new(store, [ResourceDefinitions.CertificateSigningRequest.QualifiedName]);
    private readonly HashSet<string> _changed = [];
    private DateTimeOffset _cleanAt = DateTimeOffset.MinValue;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await StepAsync();
                await _feed.WaitAsync(CleanEvery, cancellationToken);
            }
            catch (StoreException exception)
            {
                Log.Retrying(logger, exception.Message);
                await Task.Delay(RetryAfter, time, cancellationToken);
            }
        }
    }

    /// <summary>Looks at every request that changed, and from time to time for those that may go.</summary>
    /// <exception cref="StoreException">Something could not be written; another step may.</exception>
    internal async Task StepAsync()
    {
        _feed.Read((_, snapshot) => Restart(snapshot), (_, item) => _changed.Add(item.Object.Key));
        foreach (string key in _changed.ToArray())
        {
            await LookAtAsync(key);
            _changed.Remove(key);
        }

        DateTimeOffset now = time.GetUtcNow();
        if (now >= _cleanAt)
        {
            await CleanAsync(now);
            _cleanAt = now + CleanEvery;
        }
    }

    private static bool Has(CertificateSigningRequest request, string condition) => request.Status?.Conditions?.Exists(c => c.Type == condition) == true;

    private static bool IsSettled(CertificateSigningRequest request) =>
        request.Status?.Certificate is { Length: > 0 } || Has(request, CertificateSigningRequestCondition.Denied) || Has(request, CertificateSigningRequestCondition.Failed);

    private void Restart(StoreSnapshot snapshot)
    {
        foreach (StoredObject item in snapshot.Objects)
        {
            _changed.Add(item.Key);
        }
    }

    private async Task LookAtAsync(string key)
    {
        while (_requests.Read().Objects.Find(key) is { Summary.DeletionTimestamp: null } current)
        {
            var request = (CertificateSigningRequest)_requests.Codec.Decode(current);
            if (request.Spec.SignerName != SignerNames.Agent || IsSettled(request))
            {
                return;
            }

            AgentRequest? wanted = AgentRequest.Read(request.Spec, out string problem);
            bool isApproved = Has(request, CertificateSigningRequestCondition.Approved);
            AgentRequestDecision decision = isApproved ? new(true, "", "") : wanted?.Decide(request.Spec, IsAlive) ?? new(null, "", "");
            if (wanted is not null && decision.IsApproved is null)
            {
                return;
            }

            if (await _requests.TryRewriteAsync(current, value => Settle((CertificateSigningRequest)value, wanted, problem, decision, isApproved)))
            {
                Tell(request, wanted, problem, decision);
                return;
            }
        }
    }

    private void Settle(CertificateSigningRequest request, AgentRequest? wanted, string problem, AgentRequestDecision decision, bool isApproved)
    {
        CertificateSigningRequestStatus status = request.Status ??= new();
        if (wanted is null)
        {
            Add(status, CertificateSigningRequestCondition.Failed, "SignerValidationFailure", problem);
            return;
        }

        if (!isApproved)
        {
            Add(status, decision.IsApproved == true ? CertificateSigningRequestCondition.Approved : CertificateSigningRequestCondition.Denied, decision.Reason, decision.Message);
        }

        if (decision.IsApproved == true)
        {
            TimeSpan wish = request.Spec.ExpirationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : validity;
            using X509Certificate2 certificate = Pki.IssueClient(
                authority, wanted.Key, UserInfo.AgentPrefix + wanted.Host, [UserInfo.Agents], time.GetUtcNow(), wish < validity ? wish : validity);
            status.Certificate = Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n");
        }
    }

    private void Add(CertificateSigningRequestStatus status, string type, string reason, string message)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        (status.Conditions ??= []).Add(new CertificateSigningRequestCondition
        {
            Type = type,
            Status = "True",
            Reason = reason,
            Message = message,
            LastUpdateTime = now,
            LastTransitionTime = now,
        });
    }

    /// <summary>Whether an agent of the host renewed its Lease in time.</summary>
    private bool IsAlive(string host) =>
        _leases.Read().Objects.Find($"{AgentRole.SystemNamespace}/{host}") is { } found
        && ((Lease)_leases.Codec.Decode(found)).Spec is { RenewTime: { } renewed } spec
        && renewed + TimeSpan.FromSeconds(spec.LeaseDurationSeconds ?? 0) > time.GetUtcNow();

    private async Task CleanAsync(DateTimeOffset now)
    {
        foreach (StoredObject item in _requests.Read().Objects)
        {
            var request = (CertificateSigningRequest)_requests.Codec.Decode(item);
            DateTimeOffset last = request.Status?.Conditions?.Max(c => c.LastUpdateTime) ?? request.Metadata.CreationTimestamp ?? now;
            if (now - last <= (IsSettled(request) ? DecidedLives : PendingLives))
            {
                continue;
            }

            try
            {
                await _requests.DeleteAsync("", item.Summary.Name, new DeleteOptions());
            }
            catch (ApiException)
            {
                // Somebody else was faster.
            }
        }
    }

    private void Tell(CertificateSigningRequest request, AgentRequest? wanted, string problem, AgentRequestDecision decision)
    {
        if (wanted is null || decision.IsApproved == false)
        {
            Log.Refused(logger, request.Metadata.Name!, request.Spec.Username ?? "", wanted is null ? problem : decision.Message);
        }
        else
        {
            Log.Issued(logger, wanted.Host, request.Metadata.Name!, request.Spec.Username ?? "");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2070, LogLevel.Information, "The agent of host {Host} has a certificate ({Request}, asked for by {User})")]
        public static partial void Issued(ILogger logger, string host, string request, string user);

        [LoggerMessage(2071, LogLevel.Warning, "Request {Request} of {User} for an agent's certificate is refused: {Reason}")]
        public static partial void Refused(ILogger logger, string request, string user, string reason);

        [LoggerMessage(2072, LogLevel.Warning, "Requests for certificates have to wait: {Reason}")]
        public static partial void Retrying(ILogger logger, string reason);
    }
}
