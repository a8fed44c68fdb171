using Lodestone.ApiServer.Hosting;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Client.Reviews;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>What a server behind a kube-apiserver leaves to the cluster: who somebody is, what they may do, which namespaces there are.</summary>
internal sealed class ClusterDelegation : IDisposable
{
    private const string UserAgent = "lodestone-apiserver";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ApiClient _client;
    private readonly ReviewClient _reviews;
    private readonly AuthenticationConfigSource _authentication;
    private readonly ClusterNamespaces _namespaces;

    /// <summary>Prepared, but not connected yet.</summary>
    /// <exception cref="KubeConfigException">The kubeconfig doesn't make sense, or this is no pod.</exception>
    /// <exception cref="FileException">A certificate file can't be used.</exception>
    public ClusterDelegation(AggregationOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        KubeConfig config = options.KubeconfigFile is { } file ? KubeConfig.Load(file) : KubeConfig.InCluster();
        _client = new ApiClient(config, new ApiClientOptions { UserAgent = UserAgent, RequestTimeout = Patience }, time);
        _reviews = new ReviewClient(config, new ReviewOptions { UserAgent = UserAgent, Timeout = Patience }, time);
        _authentication = new AuthenticationConfigSource(_client, options, time, loggers);
        _namespaces = new ClusterNamespaces(_client, time, loggers);
        var reviews = new ClusterReviews(_reviews, loggers.CreateLogger<ClusterReviews>());
        Authenticator = new DelegatedAuthenticator(_authentication, new TokenReviewer(reviews, options, time), time);
        Authorizer = new DelegatedAuthorizer(reviews, options, time);
    }

    /// <summary>Who somebody is.</summary>
    public IAuthenticator Authenticator { get; }

    /// <summary>What they may do.</summary>
    public IAuthorizer Authorizer { get; }

    /// <summary>Which namespaces there are.</summary>
    public INamespaceGate Namespaces => _namespaces;

    /// <summary>What must be known before requests are taken.</summary>
    public IReadOnlyList<IReadinessCheck> Checks => [_authentication, _namespaces];

    /// <summary>Completes when the cluster has told everything that must be known.</summary>
    public Task Loaded => Task.WhenAll(_authentication.Loaded, _namespaces.Loaded);

    /// <summary>Follows the cluster until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_authentication.RunAsync(cancellationToken), _namespaces.RunAsync(cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _reviews.Dispose();
    }
}
