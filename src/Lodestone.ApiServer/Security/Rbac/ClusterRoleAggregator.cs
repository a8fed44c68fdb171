using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>Writes into cluster roles that are made up of others what they allow, for people to read (Kubernetes' clusterrole-aggregation controller).</summary>
/// <remarks>What counts is computed by <see cref="RbacIndex"/>, at once; this only shows it.</remarks>
internal sealed partial class ClusterRoleAggregator(IObjectStore store, ResourceCatalog catalog, RbacIndex index, TimeProvider time, ILogger<ClusterRoleAggregator> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ObjectRegistry _roles = catalog.Registry(ResourceDefinitions.ClusterRole);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await FollowAsync(cancellationToken);
            }
            catch (StoreException exception)
            {
                Log.Retrying(logger, exception.Message);
                await Task.Delay(RetryAfter, time, cancellationToken);
            }
        }
    }

    /// <summary>Writes what differs.</summary>
    internal async Task AggregateAsync()
    {
        foreach ((string name, IReadOnlyList<PolicyRule> rules) in index.Aggregates())
        {
            try
            {
                await _roles.UpdateAsync(
                    "",
                    name,
                    isStatus: false,
                    isReplacement: false,
                    current =>
                    {
                        var role = (ClusterRole)_roles.Codec.Decode(current);
                        role.Rules = role.AggregationRule is null || PolicyRules.AreEqual(role.Rules, rules) ? role.Rules : [.. rules];
                        return role;
                    },
                    new WriteOptions());
            }
            catch (ApiException exception) when (exception.Code == 404)
            {
                // It is gone.
            }
        }
    }

    /// <summary>Returns when events were missed.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (!store.TryWatch(_roles.StoreName, _roles.Read().ResourceVersion, out EventCursor cursor))
        {
            return;
        }

        do
        {
            Task appended = cursor.Appended;
            while (cursor.TryRead(out _))
            {
            }

            await AggregateAsync();
            await appended.WaitAsync(cancellationToken);
        }
        while (!cursor.IsTooSlow);
    }

    private static partial class Log
    {
        [LoggerMessage(2004, LogLevel.Warning, "Aggregated cluster roles have to wait: {Reason}")]
        public static partial void Retrying(ILogger logger, string reason);
    }
}
