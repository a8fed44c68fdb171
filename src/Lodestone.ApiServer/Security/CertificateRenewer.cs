using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Security;

/// <summary>Renews, while the server runs, what its CA has issued for the server itself: the certificate it shows, and kubeconfigs on disk.</summary>
/// <remarks>
/// Looks once an hour, and renews a month before the end. New connections are served with the new certificate, those that are open go on.
/// What can't be renewed is tried again an hour later; a month is left for that.
/// </remarks>
internal sealed partial class CertificateRenewer : IServingCertificate
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Credentials _credentials;
    private readonly IReadOnlyCollection<string> _names;
    private readonly TimeProvider _time;
    private readonly ILogger<CertificateRenewer> _logger;
    private readonly List<Kept> _kubeconfigs = [];
    private X509Certificate2 _certificate;
    private SslStreamCertificateContext _current;
    private TaskCompletionSource _looked = NewSignal();

    /// <summary>Takes the certificate on disk, or a new one.</summary>
    /// <param name="credentials">The CA.</param>
    /// <param name="names">What the certificate has to be valid for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of every renewal.</param>
    public CertificateRenewer(Credentials credentials, IReadOnlyCollection<string> names, TimeProvider time, ILogger<CertificateRenewer> logger)
    {
        _credentials = credentials;
        _names = names;
        _time = time;
        _logger = logger;
        _certificate = credentials.ServerCertificate(names);
        _current = ContextOf(_certificate);
    }

    /// <inheritdoc/>
    public SslStreamCertificateContext Current => Volatile.Read(ref _current);

    /// <summary>Completes when <see cref="RunAsync"/> has looked the next time.</summary>
    internal Task Looked => Volatile.Read(ref _looked).Task;

    /// <summary>Writes a kubeconfig now, and again before its certificate ends.</summary>
    /// <param name="path">The file; for its owner only.</param>
    /// <param name="issue">Issues it, for as long as <see cref="Credentials.ClientValidity"/>.</param>
    public void Keep(string path, Func<string> issue)
    {
        Credentials.WriteSecret(path, issue());
        lock (_gate)
        {
            _kubeconfigs.Add(new Kept(path, issue, RenewalOfNow()));
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            lock (_gate)
            {
                RenewLocked();
            }

            Interlocked.Exchange(ref _looked, NewSignal()).TrySetResult();
        }
    }

    private static SslStreamCertificateContext ContextOf(X509Certificate2 certificate) =>
        SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void RenewLocked()
    {
        Try("server.crt", () =>
        {
            if (_certificate.NotAfter.ToUniversalTime() > (_time.GetUtcNow() + Credentials.RenewBefore).UtcDateTime)
            {
                return false;
            }

            // The former certificate is not disposed: handshakes may be under way with it.
            _certificate = _credentials.ServerCertificate(_names);
            Volatile.Write(ref _current, ContextOf(_certificate));
            return true;
        });
        foreach (Kept kept in _kubeconfigs)
        {
            Try(kept.Path, () =>
            {
                if (_time.GetUtcNow() < kept.RenewAt)
                {
                    return false;
                }

                Credentials.WriteSecret(kept.Path, kept.Issue());
                kept.RenewAt = RenewalOfNow();
                return true;
            });
        }
    }

    private void Try(string what, Func<bool> renew)
    {
        try
        {
            if (renew())
            {
                Log.Renewed(_logger, what);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            Log.NotRenewed(_logger, what, exception.Message);
        }
    }

    private DateTimeOffset RenewalOfNow() => _time.GetUtcNow() + Credentials.ClientValidity - Credentials.RenewBefore;

    private sealed class Kept(string path, Func<string> issue, DateTimeOffset renewAt)
    {
        public string Path { get; } = path;

        public Func<string> Issue { get; } = issue;

        public DateTimeOffset RenewAt { get; set; } = renewAt;
    }

    private static partial class Log
    {
        [LoggerMessage(2060, LogLevel.Information, "{What} is renewed")]
        public static partial void Renewed(ILogger logger, string what);

        [LoggerMessage(2061, LogLevel.Error, "{What} ends within a month and can't be renewed, trying again in an hour: {Reason}")]
        public static partial void NotRenewed(ILogger logger, string what, string reason);
    }
}
