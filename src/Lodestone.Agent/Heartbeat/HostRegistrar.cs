using System.Reflection;
using Lodestone.Agent.Status;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Heartbeat;

/// <summary>Registers this machine's Host and keeps its Lease.</summary>
/// <remarks>
/// Reads and writes its own Host and Lease, creates namespace <c>lodestone-system</c> where it may. While the API server cannot be
/// reached it tries again; nothing else waits for it.
/// </remarks>
internal sealed partial class HostRegistrar(ApiClient client, Func<HostFacts> facts, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(5);

    /// <summary>Registers and renews until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var lease = new LeaseHolder(client, new LeaseOptions { Name = facts().Name, Identity = facts().Name }, time);
        bool isRegistered = false;
        using var timer = new PeriodicTimer(RenewInterval, time);
        do
        {
            try
            {
                if (!isRegistered)
                {
                    await EnsureNamespaceAsync(cancellationToken);
                }

                await lease.TryAcquireOrRenewAsync(cancellationToken);
                await RegisterAsync(cancellationToken);
                if (!isRegistered)
                {
                    Log.Registered(logger, facts().Name);
                }

                isRegistered = true;
            }
            catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
            {
                isRegistered = false;
                Log.NotRegistered(logger, facts().Name, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Makes the Host say what is; writes only what differs.</summary>
    internal async Task RegisterAsync(CancellationToken cancellationToken)
    {
        HostFacts now = facts();
        var key = new ObjectKey("", now.Name);
        Host host = await client.TryGetAsync<Host>(key, cancellationToken)
            ?? await client.CreateAsync(new Host { Metadata = new ObjectMeta { Name = now.Name }, Spec = SpecOf(now) }, cancellationToken);
        Host? current = await client.UpdateAsync(host, h => h.Spec = SpecOf(now), cancellationToken);
        if (current is not null)
        {
            await client.UpdateStatusAsync(current, h => h.Status = StatusOf(h, now), cancellationToken);
        }
    }

    private static HostSpec SpecOf(HostFacts facts) => new()
    {
        Roles = [.. facts.Roles],
        UnderlayAddresses = [facts.UnderlayAddress],
        UnderlayPrefix = facts.UnderlayPrefix,
    };

    private HostStatus StatusOf(Host host, HostFacts facts)
    {
        DateTimeOffset now = time.GetUtcNow();
        List<Condition> conditions = Conditions.Set(
            host.Status?.Conditions, HostConditions.DatapathReady, true, "Attached", "the packet programs are attached", host.Metadata.Generation, now);
        return new HostStatus
        {
            Conditions = Conditions.Set(conditions, HostConditions.Ready, true, "AgentReady", "the agent runs", host.Metadata.Generation, now),
            MtuBytes = facts.MtuBytes,
            KernelRelease = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            KernelFeatures = [.. facts.KernelFeatures],
            AgentVersion = typeof(HostRegistrar).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0],
        };
    }

    private async Task EnsureNamespaceAsync(CancellationToken cancellationToken)
    {
        var key = new ObjectKey("", LeaseOptions.SystemNamespace);
        if (await client.TryGetAsync<Namespace>(key, cancellationToken) is not null)
        {
            return;
        }

        try
        {
            await client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = key.Name } }, cancellationToken);
        }
        catch (ApiException e) when (e.IsAlreadyExists)
        {
            // Somebody was faster.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4300, LogLevel.Information, "Host {Host} is registered")]
        internal static partial void Registered(ILogger logger, string host);

        [LoggerMessage(4301, LogLevel.Warning, "Host {Host} could not be registered or its lease renewed: {Message}")]
        internal static partial void NotRegistered(ILogger logger, string host, string message);
    }
}
