using System.Globalization;
using System.Reflection;
using Lodestone.Agent.Status;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Heartbeat;

/// <summary>Registers this machine's Host and keeps it true.</summary>
/// <remarks>
/// Reads and writes its own Host, of whose spec the fields that the agent's options decide; nothing is sent where the Host says what is. While the
/// API server cannot be reached it tries again; nothing else waits for it.
/// </remarks>
/// <param name="client">The API.</param>
/// <param name="facts">What the Host is to say.</param>
/// <param name="known">The Host as the agent's cache has it; null: it is not known there.</param>
/// <param name="logger">Where to tell of trouble.</param>
/// <param name="time">The clock.</param>
internal sealed partial class HostRegistrar(ApiClient client, Func<HostFacts> facts, Func<Host?> known, ILogger logger, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    // The rest is counted: all targets' machines may be behind one narrow way.
    private const int MaxNarrowPaths = 5;

    private readonly Signal _changed = new();

    /// <summary>The fingerprint at the last registration: one that has not stood so long is not written, since the next may follow.</summary>
    private string? _lastFingerprint;

    /// <summary>Registers until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool isRegistered = false;
        while (true)
        {
            try
            {
                await RegisterAsync(cancellationToken);
                if (!isRegistered)
                {
                    Log.Registered(logger, facts().Name);
                }

                isRegistered = true;
            }
            catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException or IOException)
            {
                isRegistered = false;
                Log.NotRegistered(logger, facts().Name, e.Message);
            }

            await _changed.WaitAsync(LookInterval, time, cancellationToken);
        }
    }

    /// <summary>Says that facts have changed which others wait for.</summary>
    public void Look() => _changed.Raise();

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    /// <summary>Makes the Host say what is; writes only what differs.</summary>
    internal async Task RegisterAsync(CancellationToken cancellationToken)
    {
        HostFacts now = facts();
        bool isStanding = now.TableFingerprint == _lastFingerprint;
        _lastFingerprint = now.TableFingerprint;
        var key = new ObjectKey("", now.Name);
        Host host = known()
            ?? await client.TryGetAsync<Host>(key, cancellationToken)
            ?? await client.CreateAsync(new Host { Metadata = new ObjectMeta { Name = now.Name }, Spec = With(new HostSpec(), now) }, cancellationToken);
        Host? current = await client.UpdateAsync(host, h => h.Spec = With(h.Spec, now), cancellationToken);
        if (current is not null)
        {
            await client.UpdateStatusAsync(current, h => h.Status = StatusOf(h, now, isStanding), cancellationToken);
        }
    }

    /// <summary>What the options decide; the rest is for people to say.</summary>
    private static HostSpec With(HostSpec spec, HostFacts facts)
    {
        spec.Roles = [.. facts.Roles];
        spec.UnderlayAddresses = [.. facts.UnderlayAddresses];
        spec.UnderlayPrefix = facts.UnderlayPrefix;
        return spec;
    }

    private HostStatus StatusOf(Host host, HostFacts facts, bool isStanding)
    {
        DateTimeOffset now = time.GetUtcNow();
        (string reason, string message) = facts.HasCarrier
            ? ("Attached", "the packet programs are attached")
            : ("UplinkDown", "the uplink has no carrier, so no packet comes in; look at cable and port");
        List<Condition> conditions = Conditions.Set(
            host.Status?.Conditions, HostConditions.DatapathReady, facts.HasCarrier, reason, message, host.Metadata.Generation, now);
        conditions = SetPathMtu(conditions, facts, host.Metadata.Generation, now);
        conditions = Conditions.Set(
            conditions, HostConditions.WatchesCurrent, facts.Freshness.Reason != ApiFreshness.Stale, facts.Freshness.Reason, facts.Freshness.Message, host.Metadata.Generation, now);
        conditions = SetCertificate(conditions, facts.Certificate, host.Metadata.Generation, now);
        return new HostStatus
        {
            Conditions = Conditions.Set(conditions, HostConditions.Ready, true, "AgentReady", "the agent runs", host.Metadata.Generation, now),
            MtuBytes = facts.MtuBytes,
            KernelRelease = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            KernelFeatures = [.. facts.KernelFeatures],
            AgentVersion = typeof(HostRegistrar).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0],
            AnnouncedAddresses = facts.AnnouncedAddresses,
            TableFingerprint = isStanding ? facts.TableFingerprint : host.Status?.TableFingerprint,
        };
    }

    private static List<Condition> SetPathMtu(List<Condition> conditions, HostFacts facts, long? generation, DateTimeOffset now)
    {
        if (facts.NarrowPaths.Count > 0)
        {
            int more = facts.NarrowPaths.Count - MaxNarrowPaths;
            string message = string.Create(
                CultureInfo.InvariantCulture,
                $"the uplink takes {facts.MtuBytes} bytes, but a router answered that less fits {string.Join("; ", facts.NarrowPaths.Take(MaxNarrowPaths))}{(more > 0 ? $"; and {more} more" : "")}. Larger packets are answered with what fits; raise the MTU of that way");
            return Conditions.Set(conditions, HostConditions.PathMtuSufficient, false, "PathTooNarrow", message, generation, now);
        }

        return conditions.Exists(c => c.Type == HostConditions.PathMtuSufficient)
            ? Conditions.Set(conditions, HostConditions.PathMtuSufficient, true, "NothingTooLarge", "no router has said for ten minutes that a packet was too large", generation, now)
            : conditions;
    }

    private static List<Condition> SetCertificate(List<Condition> conditions, CertificateStatus? certificate, long? generation, DateTimeOffset now) => certificate switch
    {
        null => [.. conditions.Where(c => c.Type != HostConditions.CertificateRenewed)],
        { Problem: { } problem } => Conditions.Set(
            conditions, HostConditions.CertificateRenewed, false, "RenewalFailed", string.Create(CultureInfo.InvariantCulture, $"the certificate ends at {certificate.Ends:u}: {problem}"), generation, now),
        _ => Conditions.Set(
            conditions, HostConditions.CertificateRenewed, true, "UpToDate", string.Create(CultureInfo.InvariantCulture, $"the certificate ends at {certificate.Ends:u}, and is renewed before"), generation, now),
    };

    private static partial class Log
    {
        [LoggerMessage(4300, LogLevel.Information, "Host {Host} is registered")]
        internal static partial void Registered(ILogger logger, string host);

        [LoggerMessage(4301, LogLevel.Warning, "Host {Host} could not be registered: {Message}")]
        internal static partial void NotRegistered(ILogger logger, string host, string message);
    }
}
