using Lodestone.Api.BuiltIn;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;
using Lodestone.Client.Certificates;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Security.Certificates;

/// <summary>Deletes bootstrap tokens that have ended (Kubernetes' tokencleaner). They count no longer from their end on, cleaned or not.</summary>
internal sealed partial class BootstrapTokenCleaner(ResourceCatalog catalog, TimeProvider time, ILogger<BootstrapTokenCleaner> logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly ObjectRegistry _secrets = catalog.Registry(ResourceDefinitions.Secret);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        do
        {
            await CleanAsync();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Looks once.</summary>
    internal async Task CleanAsync()
    {
        foreach (StoredObject item in _secrets.Read().Objects)
        {
            if (item.Summary.Namespace != BootstrapToken.Namespace
                || !item.Summary.Name.StartsWith(BootstrapToken.SecretNamePrefix, StringComparison.Ordinal)
                || (Secret)_secrets.Codec.Decode(item) is not { Type: BootstrapToken.SecretType } secret
                || !new BootstrapTokenSecret(secret).HasExpired(time.GetUtcNow()))
            {
                continue;
            }

            try
            {
                await _secrets.DeleteAsync(item.Summary.Namespace, item.Summary.Name, new DeleteOptions { Uid = item.Summary.Uid });
                Log.Deleted(logger, item.Summary.Name);
            }
            catch (Exception exception) when (exception is ApiException or StoreException)
            {
                // Somebody else was faster, or the disk is full: the next round sees to it.
                Log.NotDeleted(logger, item.Summary.Name, exception.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2073, LogLevel.Information, "Bootstrap token {Secret} has ended and is deleted")]
        public static partial void Deleted(ILogger logger, string secret);

        [LoggerMessage(2074, LogLevel.Warning, "Bootstrap token {Secret} has ended and could not be deleted: {Reason}")]
        public static partial void NotDeleted(ILogger logger, string secret, string reason);
    }
}
