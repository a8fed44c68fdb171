using Lodestone.Api.BuiltIn;
using Lodestone.ApiServer.Hosting;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>The present <see cref="AuthenticationConfig"/>: as the cluster publishes it, followed as it changes, but for what files say instead.</summary>
/// <remarks>A change that makes no sense leaves the last good configuration in force and is logged.</remarks>
internal sealed partial class AuthenticationConfigSource : IReadinessCheck
{
    private const string MapNamespace = "kube-system";
    private const string MapName = "extension-apiserver-authentication";

    private readonly SharedInformer<ConfigMap>? _informer;
    private readonly WatchedFiles<CertificateTrust>? _clients;
    private readonly WatchedFiles<CertificateTrust>? _proxies;
    private readonly FrontProxyOptions? _proxyOptions;
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger<AuthenticationConfigSource> _logger;
    private volatile AuthenticationConfig? _published;
    private volatile string? _mistake;

    /// <summary>A source that is not followed yet.</summary>
    /// <exception cref="FileException">A file that is to be used can't be.</exception>
    public AuthenticationConfigSource(ApiClient client, AggregationOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<AuthenticationConfigSource>();
        _proxyOptions = options.FrontProxy;
        _clients = options.ClientAuthorityFile is { } clients ? Trust(clients, time, loggers) : null;
        _proxies = options.FrontProxy is { } proxy ? Trust(proxy.AuthorityFile, time, loggers) : null;
        if (_clients is not null && _proxies is not null)
        {
            _loaded.SetResult();
            return;
        }

        _informer = new SharedInformer<ConfigMap>(
            client,
            new InformerOptions { Namespace = MapNamespace, FieldSelector = $"metadata.name={MapName}", MaxBackoff = TimeSpan.FromSeconds(5) },
            loggers.CreateLogger<SharedInformer<ConfigMap>>(),
            time);
        _informer.AddHandler((_, current) => Take(current));
    }

    /// <inheritdoc/>
    public string Name => "extension-apiserver-authentication";

    /// <inheritdoc/>
    public string? Problem => this switch
    {
        _ when _informer is null => null,
        { _published: null, _mistake: { } mistake } => $"ConfigMap {MapNamespace}/{MapName}: {mistake}",
        { _published: null } when _informer.HasSynced => $"there is no ConfigMap {MapNamespace}/{MapName}; kube-apiserver makes it when it has --requestheader-client-ca-file",
        { _published: null } => _informer.Failure ?? "the cluster has not answered yet",
        { Current.FrontProxy: null } => $"ConfigMap {MapNamespace}/{MapName} has no requestheader-client-ca-file: give kube-apiserver --requestheader-client-ca-file, or this server",
        _ => null,
    };

    /// <inheritdoc/>
    /// <remarks>Nobody has credentials before this is known, so everybody is told what an operator can do, but neither addresses nor contents.</remarks>
    public string PublicProblem =>
        _mistake is not null ? $"ConfigMap {MapNamespace}/{MapName} makes no sense; the log says why"
        : _informer is { HasSynced: false } ? $"ConfigMap {MapNamespace}/{MapName} can't be read yet; the log says why"
        : $"ConfigMap {MapNamespace}/{MapName} doesn't name the front proxy; kube-apiserver needs --requestheader-client-ca-file";

    /// <summary>What counts now; null until the cluster has told.</summary>
    public AuthenticationConfig? Current
    {
        get
        {
            AuthenticationConfig? published = _published;
            if (_informer is not null && published is null)
            {
                return null;
            }

            FrontProxy? proxy = _proxies is null
                ? published!.FrontProxy
                : new FrontProxy(_proxies.Current, _proxyOptions!.AllowedNames, _proxyOptions.UserHeaders, _proxyOptions.GroupHeaders, _proxyOptions.ExtraPrefixes);
            return _proxies is null && _clients is null ? published : new AuthenticationConfig(proxy, _clients?.Current ?? published?.Clients);
        }
    }

    /// <summary>Completes when there is a configuration.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Follows the cluster until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _informer?.RunAsync(cancellationToken) ?? Task.CompletedTask;

    private static WatchedFiles<CertificateTrust> Trust(string path, TimeProvider time, ILoggerFactory loggers) =>
        new([path], files => CertificateTrust.FromPem(files[0]), time, loggers.CreateLogger<WatchedFiles<CertificateTrust>>());

    private void Take(ConfigMap? map)
    {
        if (map is null)
        {
            Log.Gone(_logger, MapNamespace, MapName);
            return;
        }

        try
        {
            _published = AuthenticationConfig.Parse(map.Data ?? []);
            _mistake = null;
            Log.Loaded(_logger, MapNamespace, MapName, map.Metadata.ResourceVersion ?? "");
            _loaded.TrySetResult();
        }
        catch (FormatException exception)
        {
            _mistake = exception.Message;
            Log.Senseless(_logger, MapNamespace, MapName, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2040, LogLevel.Information, "Certificates are trusted as ConfigMap {Namespace}/{Name} of version {Version} says")]
        public static partial void Loaded(ILogger logger, string @namespace, string name, string version);

        [LoggerMessage(2041, LogLevel.Warning, "ConfigMap {Namespace}/{Name} makes no sense, what it said before stays in force: {Reason}")]
        public static partial void Senseless(ILogger logger, string @namespace, string name, string reason);

        [LoggerMessage(2042, LogLevel.Warning, "ConfigMap {Namespace}/{Name} was deleted; what it said stays in force")]
        public static partial void Gone(ILogger logger, string @namespace, string name);
    }
}
