using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Certificates;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Heartbeat;

/// <summary>Renews the agent's client certificate after about two thirds of its life, with a new key, and writes it into the agent's kubeconfig.</summary>
/// <remarks>
/// Connections that are open go on with the former one, which still counts; new ones read the file. While it can't be renewed it is tried
/// again, ever sooner as the end comes near. Agents whose certificates were issued at the same moment do not ask at the same moment.
/// </remarks>
/// <param name="path">The kubeconfig, an <see cref="AgentKubeConfig"/>.</param>
/// <param name="host">The host.</param>
/// <param name="request">Asks for a certificate, as the agent.</param>
/// <param name="logger">Told of renewals.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Jitter; null: a source of its own.</param>
internal sealed partial class CertificateRenewal(
    string path, string host, Func<CancellationToken, Task<IssuedCertificate>> request, ILogger logger, TimeProvider time, Random? random = null)
{
    /// <summary>Of the certificate's life; jitter adds up to <see cref="Jitter"/>.</summary>
    internal const double RenewAfter = 0.63;

    /// <summary>At most so much later, of the certificate's life.</summary>
    internal const double Jitter = 0.07;

    /// <summary>A file that somebody else wrote, as by joining anew, is seen after so long.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MinRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Random _random = random ?? new Random();
    private CertificateStatus? _status;

    /// <summary>How it stands; null where the file has not been read yet.</summary>
    public CertificateStatus? Status => Volatile.Read(ref _status);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        byte[] known = [];
        DateTimeOffset renewAt = default;
        while (true)
        {
            TimeSpan wait;
            try
            {
                using X509Certificate2 certificate = AgentKubeConfig.Certificate(path);
                (DateTimeOffset begins, DateTimeOffset ends) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
                if (!certificate.RawDataMemory.Span.SequenceEqual(known))
                {
                    known = certificate.RawData;
                    renewAt = begins + ((ends - begins) * (RenewAfter + (_random.NextDouble() * Jitter)));
                    Set(s => s with { Ends = ends, Problem = null });
                }

                wait = renewAt - time.GetUtcNow();
                if (wait <= TimeSpan.Zero)
                {
                    wait = await RenewAsync(ends, cancellationToken) ? TimeSpan.Zero : RetryAfter(ends);
                }
            }
            catch (Exception exception) when (exception is KubeConfigException or CryptographicException)
            {
                Fail(exception.Message);
                wait = LookEvery;
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait < LookEvery ? wait : LookEvery, time, cancellationToken);
            }
        }
    }

    private async Task<bool> RenewAsync(DateTimeOffset ends, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            IssuedCertificate issued = await request(either.Token);
            AgentKubeConfig.Renew(path, host, issued);
            Set(s => s with { Renewals = s.Renewals + 1, Problem = null });
            Log.Renewed(logger, path);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail($"the request was not decided within {Patience.TotalMinutes} minutes", ends);
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or TimeoutException or CertificateRefusedException
            or IOException or UnauthorizedAccessException or CryptographicException)
        {
            Fail(exception.Message, ends);
        }

        return false;
    }

    /// <summary>A tenth of what is left, at least a second; after the end, which only joining anew mends, as often as the file is looked at.</summary>
    private TimeSpan RetryAfter(DateTimeOffset ends)
    {
        TimeSpan left = ends - time.GetUtcNow();
        return left <= TimeSpan.Zero ? LookEvery : left / 10 > MinRetry ? left / 10 : MinRetry;
    }

    private void Fail(string problem, DateTimeOffset? ends = null)
    {
        Set(s => s with { Failures = s.Failures + 1, Problem = problem });
        if (ends is { } end)
        {
            Log.NotRenewed(logger, end, problem);
        }
        else
        {
            Log.Unreadable(logger, problem);
        }
    }

    private void Set(Func<CertificateStatus, CertificateStatus> change) =>
        Volatile.Write(ref _status, change(_status ?? new CertificateStatus(default, 0, 0, null)));

    private static partial class Log
    {
        [LoggerMessage(4310, LogLevel.Information, "The agent's certificate in {File} is renewed")]
        internal static partial void Renewed(ILogger logger, string file);

        [LoggerMessage(4311, LogLevel.Warning, "The agent's certificate ends at {Ends:u} and could not be renewed, trying again: {Reason}")]
        internal static partial void NotRenewed(ILogger logger, DateTimeOffset ends, string reason);

        [LoggerMessage(4312, LogLevel.Warning, "The agent's certificate can't be looked at: {Reason}")]
        internal static partial void Unreadable(ILogger logger, string reason);
    }
}
