using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Drain;

/// <summary>Sets a Host's <c>spec.drain</c>, and waits for what follows.</summary>
internal sealed class HostDrain(ApiClient client, string hostName, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    /// <summary>Sets the field or takes it away.</summary>
    /// <param name="drain">Whether the Host is to take no new flows.</param>
    /// <param name="force">Also drain the last gateway that is ready.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandException">There is no such Host, or no other gateway.</exception>
    public async Task SetAsync(bool drain, bool force, CancellationToken cancellationToken)
    {
        Host host = await FindAsync(cancellationToken);
        if (drain && !force && host.Spec.Roles?.Contains("Gateway") == true
            && !DrainProgress.OtherGateways(hostName, await client.ListAsync<Host>(new ListOptions(), cancellationToken)).Any())
        {
            throw new CommandException($"{hostName} is the last gateway that is Ready and not drained: nobody would announce its addresses. --force drains it all the same.");
        }

        await client.UpdateAsync(host, h => h.Spec.Drain = drain ? true : null, cancellationToken);
    }

    /// <summary>Waits until the Host takes no new flows.</summary>
    /// <param name="limit">How long at most.</param>
    /// <param name="progress">Hears what is left, whenever it is something else.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandException">It still does.</exception>
    public async Task WaitAsync(TimeSpan limit, Action<DrainProgress> progress, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        string said = "";
        while (true)
        {
            DrainProgress now = await LookAsync(cancellationToken);
            if (now.ToString() != said)
            {
                said = now.ToString();
                progress(now);
            }

            if (now.IsDone)
            {
                return;
            }

            if (time.GetElapsedTime(began) >= limit)
            {
                throw new CommandException($"{hostName} is not drained after {limit.TotalSeconds:0} s: {said}. It goes on; lodestone drain {hostName} waits again, lodestone undrain {hostName} ends it.");
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    private async Task<Host> FindAsync(CancellationToken cancellationToken) => await client.TryGetAsync<Host>(new ObjectKey("", hostName), cancellationToken)
        ?? throw new CommandException($"there is no Host {hostName}; kubectl get hosts lists them.");

    private async Task<DrainProgress> LookAsync(CancellationToken cancellationToken) => DrainProgress.Of(
        await FindAsync(cancellationToken),
        await client.ListAsync<Host>(new ListOptions(), cancellationToken),
        await client.ListAsync<LoadBalancer>(new ListOptions(), cancellationToken),
        await client.ListAsync<LoadBalancerRouting>(new ListOptions(), cancellationToken),
        await client.ListAsync<LoadBalancerRoutingSlice>(new ListOptions(), cancellationToken));
}
