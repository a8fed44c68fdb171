using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Reads the passwords of sessions from the one Secret that agents may read, while a session wants one.</summary>
/// <remarks>Asks every ten seconds instead of watching: the right to get one object by its name is the least there is.</remarks>
internal sealed partial class BgpPasswordSource(ApiClient client, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly ObjectKey Key = new(LeaseOptions.SystemNamespace, BGPPasswords.SecretName);

    private IReadOnlyDictionary<string, byte[]>? _known;
    private DateTimeOffset _next;

    /// <summary>When to ask again.</summary>
    public DateTimeOffset Next => _next;

    /// <summary>By key, as they are or, while the API server can't be reached, last were; null: never read.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> GetAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now < _next)
        {
            return _known;
        }

        _next = now + Interval;
        try
        {
            Secret? secret = await client.TryGetAsync<Secret>(Key, cancellationToken);
            _known = secret?.Data ?? [];
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
        {
            Log.NotRead(logger, Key.ToString(), e.Message);
        }

        return _known;
    }

    private static partial class Log
    {
        [LoggerMessage(4221, LogLevel.Warning, "Secret {Secret} could not be read: {Message}")]
        internal static partial void NotRead(ILogger logger, string secret, string message);
    }
}
