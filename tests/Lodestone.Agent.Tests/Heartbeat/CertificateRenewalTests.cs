using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Lodestone.Agent.Heartbeat;
using Lodestone.Client.Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Agent.Tests.Heartbeat;

/// <summary>When an agent asks for another certificate, and what becomes of the file.</summary>
public sealed class CertificateRenewalTests : IAsyncDisposable
{
    private const string Host = "host-a";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-renewal-").FullName;
    private readonly FakeTimeProvider _time = new(Start);
    private readonly Channel<(DateTimeOffset At, TaskCompletionSource<IssuedCertificate> Answer)> _asked =
        Channel.CreateUnbounded<(DateTimeOffset, TaskCompletionSource<IssuedCertificate>)>();

    private readonly CancellationTokenSource _stop = new();
    private readonly CertificateRenewal _renewal;
    private readonly Task _running;

    public CertificateRenewalTests()
    {
        AgentKubeConfig.Write(Kubeconfig, new Uri("https://[2001:db8::1]:6443"), Issue(Start, Life).CertificatePem, Host, Issue(Start, Life));
        _renewal = new CertificateRenewal(Kubeconfig, Host, AskAsync, NullLogger.Instance, _time, new Random(7));

        // Without a context it runs on within whatever lets it: when that returns, it waits again.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _running = _renewal.RunAsync(_stop.Token);
        SynchronizationContext.SetSynchronizationContext(context);
    }

    private string Kubeconfig => Path.Combine(_directory, "agent.kubeconfig");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task AfterTwoThirds_AnotherIsAskedFor_AndWritten()
    {
        (DateTimeOffset at, TaskCompletionSource<IssuedCertificate> answer) = await PassUntilAskedAsync();
        IssuedCertificate next = Issue(at, Life);
        answer.SetResult(next);
        await UntilAsync(() => _renewal.Status is { Renewals: 1 } && _renewal.Status.Ends > Start + Life);

        Assert.InRange((at - Start) / Life, CertificateRenewal.RenewAfter, CertificateRenewal.RenewAfter + CertificateRenewal.Jitter + 0.01);
        using X509Certificate2 written = AgentKubeConfig.Certificate(Kubeconfig);
        using X509Certificate2 wanted = X509Certificate2.CreateFromPem(next.CertificatePem);
        Assert.Equal(wanted.RawData, written.RawData);
        Assert.True(written.HasPrivateKey);
        Assert.True(AgentKubeConfig.IsOne(Kubeconfig));
        Assert.True(OperatingSystem.IsLinux() && File.GetUnixFileMode(Kubeconfig) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        (DateTimeOffset again, _) = await PassUntilAskedAsync();
        Assert.InRange((again - at) / Life, CertificateRenewal.RenewAfter, CertificateRenewal.RenewAfter + CertificateRenewal.Jitter + 0.01);
    }

    [Fact]
    public async Task Refused_KeepsTheFormerAndAsksAgain_EverSooner()
    {
        byte[] before = await File.ReadAllBytesAsync(Kubeconfig, TestContext.Current.CancellationToken);
        var waits = new List<TimeSpan>();
        DateTimeOffset last = default;
        for (int i = 0; i < 12; i++)
        {
            (DateTimeOffset at, TaskCompletionSource<IssuedCertificate> answer) = await PassUntilAskedAsync();
            waits.Add(at - last);
            last = at;
            answer.SetException(new CertificateRefusedException("no"));
            await UntilAsync(() => _renewal.Status?.Failures == i + 1);
        }

        Assert.Equal("no", _renewal.Status!.Problem);
        Assert.Equal(before, await File.ReadAllBytesAsync(Kubeconfig, TestContext.Current.CancellationToken));
        Assert.True(last < Start + Life, "it gave up until the end had come");
        Assert.All(waits.Skip(1).Zip(waits.Skip(2)), pair => Assert.True(pair.First + Step >= pair.Second));

        (_, TaskCompletionSource<IssuedCertificate> final) = await PassUntilAskedAsync();
        final.SetResult(Issue(_time.GetUtcNow(), Life));
        await UntilAsync(() => _renewal.Status is { Renewals: 1, Problem: null });
    }

    [Fact]
    public async Task NotDecided_IsAFailure()
    {
        await PassUntilAskedAsync();

        await PassAsync(() => _renewal.Status?.Failures == 1);

        Assert.Contains("not decided", _renewal.Status!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JoinedAnew_TheNewOneCounts()
    {
        await UntilAsync(() => _renewal.Status is { Failures: 0 });
        IssuedCertificate other = Issue(Start, 3 * Life);
        AgentKubeConfig.Renew(Kubeconfig, Host, other);

        await PassAsync(() => _renewal.Status!.Ends == Start + (3 * Life));

        Assert.False(_asked.Reader.TryPeek(out _));
    }

    [Fact]
    public async Task Unreadable_IsAProblemUntilItIsThereAgain()
    {
        string kept = await File.ReadAllTextAsync(Kubeconfig, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Kubeconfig, "", TestContext.Current.CancellationToken);
        await PassAsync(() => _renewal.Status?.Problem is not null);

        SecretFile.Write(Kubeconfig, kept);
        AgentKubeConfig.Renew(Kubeconfig, Host, Issue(Start, 2 * Life));
        await PassAsync(() => _renewal.Status is { Problem: null });

        Assert.Equal(Start + (2 * Life), _renewal.Status!.Ends);
    }

    private static IssuedCertificate Issue(DateTimeOffset from, TimeSpan life)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=lodestone:agent:host-a", key, HashAlgorithmName.SHA256).CreateSelfSigned(from, from + life);
        return new IssuedCertificate(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private Task<IssuedCertificate> AskAsync(CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<IssuedCertificate>();
        cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken));
        _asked.Writer.TryWrite((_time.GetUtcNow(), answer));
        return answer.Task;
    }

    private async Task<(DateTimeOffset At, TaskCompletionSource<IssuedCertificate> Answer)> PassUntilAskedAsync()
    {
        (DateTimeOffset At, TaskCompletionSource<IssuedCertificate> Answer) asked = default;
        await PassAsync(() => _asked.Reader.TryRead(out asked));
        return asked;
    }

    /// <summary>Lets the fake clock run until something holds. Each step gives what waits on it a chance to run.</summary>
    private Task PassAsync(Func<bool> condition) => UntilAsync(condition, () => _time.Advance(Step));

    private static async Task UntilAsync(Func<bool> condition, Action? step = null)
    {
        for (long begin = TimeProvider.System.GetTimestamp(); !condition();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < Patience, "what was waited for did not come");
            step?.Invoke();
            await Task.Yield();
        }
    }
}
