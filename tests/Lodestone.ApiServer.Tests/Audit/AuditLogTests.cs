using System.Text;
using Lodestone.ApiServer.Audit;
using Lodestone.ApiServer.Metrics;
using Lodestone.ApiServer.Tests.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.ApiServer.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly MetricRegistry _metrics = new();

    private string LogFile => Path.Combine(_directory.Path, "audit.log");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Dispose_EventsQueued_AreAllOnDisk()
    {
        await using (AuditLog log = Open(new AuditOptions { LogFile = LogFile }))
        {
            for (int i = 0; i < 5000; i++)
            {
                log.Write(Encoding.UTF8.GetBytes($"{{\"n\":{i}}}"));
            }
        }

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"{{\"n\":{i}}}"), await File.ReadAllLinesAsync(LogFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Open_LogIsThere_IsGoneOnWith()
    {
        await File.WriteAllTextAsync(LogFile, "old\n", TestContext.Current.CancellationToken);
        await using (AuditLog log = Open(new AuditOptions { LogFile = LogFile }))
        {
            log.Write("new"u8.ToArray());
        }

        Assert.Equal("old\nnew\n", await File.ReadAllTextAsync(LogFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void File_Long_IsPutAsideAndTheOldestDeleted()
    {
        var options = new AuditOptions { LogFile = LogFile, MaxSizeMegabytes = 1, MaxBackups = 2 };
        byte[] line = new byte[700 << 10];
        using (var file = new AuditFile(options, _time))
        {
            for (int i = 0; i < 5; i++)
            {
                file.Write(line);
                _time.Advance(TimeSpan.FromMinutes(1));
            }
        }

        Assert.Equal(
            ["audit-2026-01-02T03-07-05.000.log", "audit-2026-01-02T03-08-05.000.log", "audit.log"],
            Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(line.Length, new FileInfo(LogFile).Length);
    }

    [Fact]
    public void File_AsideTooLong_IsDeleted()
    {
        string stranger = Path.Combine(_directory.Path, "audit-notes.log");
        File.WriteAllText(stranger, "");
        File.WriteAllText(Path.Combine(_directory.Path, "audit-2025-11-01T00-00-00.000.log"), "");
        File.WriteAllText(Path.Combine(_directory.Path, "audit-2025-12-30T00-00-00.000.log"), "");
        using (var file = new AuditFile(new AuditOptions { LogFile = LogFile, MaxSizeMegabytes = 1, MaxAgeDays = 30 }, _time))
        {
            file.Write(new byte[1 << 20]);
            file.Write(new byte[1]);
        }

        Assert.Equal(
            ["audit-2025-12-30T00-00-00.000.log", "audit-2026-01-02T03-04-05.000.log", "audit-notes.log", "audit.log"],
            Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Write_MoreThanTheQueueHolds_IsCountedAndNotWaitedFor()
    {
        // A pipe that nobody reads: its writer blocks, the queue fills.
        string pipe = Path.Combine(_directory.Path, "pipe");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var reader = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        AuditLog log = Open(new AuditOptions { LogFile = pipe, MaxSizeMegabytes = 0 });
        byte[] line = new byte[1000];
        for (int i = 0; i < 12_000; i++)
        {
            log.Write(line);
        }

        PrometheusText metrics = PrometheusText.Parse(_metrics.Write());
        Assert.InRange(metrics.Sum("lodestone_audit_dropped_total"), 1, 2000);
        Assert.Equal(12_000, metrics.Sum("lodestone_audit_dropped_total") + metrics.Sum("apiserver_audit_event_total"));
        ValueTask closing = log.DisposeAsync();
        long expected = (long)metrics.Sum("apiserver_audit_event_total") * (line.Length + 1);
        byte[] buffer = new byte[64 << 10];
        while (expected > 0)
        {
            expected -= await reader.ReadAsync(buffer, TestContext.Current.CancellationToken);
        }

        await closing;
        Assert.Equal(0, expected);
    }

    private AuditLog Open(AuditOptions options) => new(options, _metrics, _time, NullLogger.Instance);
}
