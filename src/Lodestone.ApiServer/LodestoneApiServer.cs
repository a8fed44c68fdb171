using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Admission;
using Lodestone.ApiServer.Aggregation;
using Lodestone.ApiServer.Audit;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Fairness;
using Lodestone.ApiServer.GarbageCollection;
using Lodestone.ApiServer.Hosting;
using Lodestone.ApiServer.Metrics;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Registry.Event;
using Lodestone.ApiServer.Registry.Namespace;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Security.Certificates;
using Lodestone.ApiServer.Security.Rbac;
using Lodestone.ApiServer.Security.Reviews;
using Lodestone.ApiServer.Security.Tokens;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;
using Lodestone.ApiServer.Watch;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.ApiServer;

/// <summary>A Kubernetes API server over an embedded store: HTTPS, client certificates, everything in one directory.</summary>
/// <remarks>
/// Start: store (checked, loaded), CA and certificates, permanent namespaces, listening, kubeconfig. Stop: readiness goes,
/// watches end, running requests finish, the store commits what waits and closes.
/// </remarks>
public sealed class LodestoneApiServer : IAsyncDisposable
{
    private readonly LodestoneApiServerOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private Credentials? _credentials;
    private CertificateRenewer? _renewer;
    private ClusterDelegation? _cluster;
    private ObjectStore? _store;
    private HealthEndpoint? _health;
    private AuditLog? _auditLog;
    private WebApplication? _application;
    private Task _background = Task.CompletedTask;

    /// <summary>A server that is not started.</summary>
    public LodestoneApiServer(LodestoneApiServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Where the server listens, after the start: the first of <see cref="Endpoints"/>, as a client on this machine reaches it.</summary>
    public Uri Url { get; private set; } = new("https://127.0.0.1");

    /// <summary>All addresses listened on, after the start.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints { get; private set; } = [];

    /// <summary>Path of the administrator's kubeconfig, after the start.</summary>
    public string KubeconfigPath { get; private set; } = "";

    /// <summary>The CA: issues kubeconfigs for agents and controllers, after the start.</summary>
    public Credentials Credentials => _credentials ?? throw new InvalidOperationException("the server is not started");

    /// <summary>What renews certificates, for tests.</summary>
    internal CertificateRenewer Renewer => _renewer ?? throw new InvalidOperationException("the server is not started, or shows somebody else's certificate");

    /// <summary>The clockwork of watches, for tests.</summary>
    internal WatchOptions WatchOptions { get; init; } = new();

    /// <summary>Bounds of the store, for tests.</summary>
    internal ObjectStoreOptions StoreOptions { get; init; } = new();

    /// <summary>What is put around the store's log, for tests.</summary>
    internal Func<ICommitLog, ICommitLog> LogWrapper { get; init; } = log => log;

    /// <summary>The store, for tests.</summary>
    internal IObjectStore Store => _store ?? throw new InvalidOperationException("the server is not started");

    /// <summary>Starts; when this returns, requests are served.</summary>
    /// <exception cref="StoreCorruptException">The store is damaged; it is not served.</exception>
    /// <exception cref="StoreException">The store cannot be opened.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        ILoggerFactory loggers = _options.LoggerFactory ?? NullLoggerFactory.Instance;
        TimeProvider time = _options.TimeProvider;
        var metrics = new ServerMetrics();
        Directory.CreateDirectory(_options.DataDirectory);
        _store = ObjectStore.Open(
            new MeasuredCommitLog(LogWrapper(FileCommitLog.Open(_options.DataDirectory, logger: loggers.CreateLogger<ObjectStore>())), metrics), StoreOptions, time);
        ServerParts parts = _options.Aggregation is { } aggregation
            ? OpenAggregated(_store, aggregation, loggers)
            : await OpenEmbeddedAsync(_store, loggers);
        _health = new HealthEndpoint(_store, parts.Checks);
        var authorizer = new AgentAuthorizer(parts.Authorizer, parts.Catalog);
        var dispatcher = new RequestDispatcher(
            _store,
            parts.Catalog,
            parts.Admission,
            authorizer,
            _health,
            metrics,
            _options.OtherMetrics,
            parts.OpenId,
            parts.Handlers,
            time,
            WatchOptions,
            _stopping.Token);
        FairQueue readOnly = Queue(PriorityLevel.ReadOnly, _options.MaxReadOnlyInFlight, metrics);
        FairQueue mutating = Queue(PriorityLevel.Mutating, _options.MaxMutatingInFlight, metrics);
        ServerGauges.AddTo(metrics.Registry, _store, parts.Catalog, readOnly, mutating, _options.DataDirectory);
        AuditFilter? audit = OpenAudit(metrics, parts.Catalog, loggers);
        IRequestFilter[] filters =
        [
            new MetricsFilter(metrics, dispatcher.Serves),
            new ResponseFormFilter(),
            new FailureFilter(loggers.CreateLogger<FailureFilter>(), _stopping.Token),
            new UrlLengthFilter(),
            new DeadlineFilter(_options.RequestTimeout, metrics, time),
            .. audit is null ? Array.Empty<IRequestFilter>() : [new UnauthenticatedAuditFilter(audit)],
            new AuthenticationFilter(parts.Authenticator),
            .. audit is null ? Array.Empty<IRequestFilter>() : [audit],
            new ImpersonationFilter(authorizer),
            new FairQueueFilter(readOnly, mutating),
            new AuthorizationFilter(authorizer),
        ];
        var handler = new ApiRequestHandler(RequestPipeline.Build(filters, dispatcher.DispatchAsync));
        _application = Build(handler, parts.Certificate, loggers);
        await _application.StartAsync(cancellationToken);
        Endpoints = BoundEndpoints(_application);
        Url = UrlOf(Endpoints[0]);
        if (_cluster is null)
        {
            KubeconfigPath = KeepKubeconfig("kubeconfig", Credentials.IssueAdminKubeconfig);
            await ClusterInfo.EnsureAsync(parts.Catalog, Url, Credentials.AuthorityPem);
        }

        _background = Task.WhenAll(
        [
            .. parts.Background.Select(run => run(_stopping.Token)),
            _renewer?.RunAsync(_stopping.Token) ?? Task.CompletedTask,
        ]);
    }

    /// <summary>Waits until <c>/readyz</c> says so: behind a kube-apiserver, until that has told what must be known.</summary>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken = default) => _cluster?.Loaded.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Writes a kubeconfig into the data directory, after the start, and again before its certificate ends while the server runs.</summary>
    /// <param name="fileName">The file's name; it is for its owner only.</param>
    /// <param name="issue">Issues it for the server's URL, with the usual validity.</param>
    /// <returns>The file's path.</returns>
    public string KeepKubeconfig(string fileName, Func<Uri, string> issue)
    {
        string path = Path.Combine(_options.DataDirectory, fileName);
        Renewer.Keep(path, () => issue(Url));
        return path;
    }

    /// <summary>Stops: says that it is not ready, waits as long as <see cref="LodestoneApiServerOptions.ShutdownDelay"/> says, ends watches, lets running requests finish, closes the store.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _health?.BeginStopping();
        if (_application is not null && _options.ShutdownDelay > TimeSpan.Zero)
        {
            await Task.Delay(_options.ShutdownDelay, _options.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _stopping.CancelAsync();
        if (_application is not null)
        {
            await _application.StopAsync(cancellationToken);
            await _application.DisposeAsync();
            _application = null;
        }

        try
        {
            await _background;
        }
        catch (OperationCanceledException)
        {
            // They were told to stop.
        }

        if (_auditLog is not null)
        {
            await _auditLog.DisposeAsync();
            _auditLog = null;
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _cluster?.Dispose();
        _credentials?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The cluster is this server: users, roles and namespaces are its own.</summary>
    private async Task<ServerParts> OpenEmbeddedAsync(ObjectStore store, ILoggerFactory loggers)
    {
        TimeProvider time = _options.TimeProvider;
        CertificateRenewer certificate = OwnCertificate(loggers);
        var catalog = new ResourceCatalog(store, [.. ResourceDefinitions.All, .. _options.AdditionalKinds], null, time);
        var rbac = new RbacIndex(store);
        var authorizer = new RbacAuthorizer(rbac);
        var keys = TokenKeyRing.Open(_options.DataDirectory, time, loggers);
        var tokens = new ServiceAccountTokens(keys, catalog, time);
        await EnsureNamespacesAsync(catalog);
        await BootstrapReconciler.ReconcileAsync(catalog);
        await FlowHashSecret.EnsureAsync(catalog, _options.FlowHashKeyFile ?? Path.Combine(_options.DataDirectory, "flow-hash.key"));
        List<Func<CancellationToken, Task>> background =
        [
            new NamespaceTerminator(store, catalog, time, loggers.CreateLogger<NamespaceTerminator>()).RunAsync,
            new NamespaceSeeder(store, catalog, time, Credentials.AuthorityPem, loggers.CreateLogger<NamespaceSeeder>()).RunAsync,
            new EventExpirer(store, _options.EventTimeToLive, time, loggers.CreateLogger<EventExpirer>()).RunAsync,
            new ClusterRoleAggregator(store, catalog, rbac, time, loggers.CreateLogger<ClusterRoleAggregator>()).RunAsync,
            new AgentCertificateSigner(
                store, catalog, Credentials.Authority, _options.AgentCertificateValidity, time, loggers.CreateLogger<AgentCertificateSigner>()).RunAsync,
            new BootstrapTokenCleaner(catalog, time, loggers.CreateLogger<BootstrapTokenCleaner>()).RunAsync,
        ];
        if (_options.CollectsGarbage)
        {
            background.Add(new GarbageCollector(store, catalog, time, loggers.CreateLogger<GarbageCollector>()).RunAsync);
        }

        return new ServerParts
        {
            Catalog = catalog,
            Certificate = certificate,
            Authenticator = new UnionAuthenticator(new ClientCertificateAuthenticator(Credentials.Authority, time), new BearerTokenAuthenticator(tokens, new BootstrapTokens(catalog, time))),
            Authorizer = authorizer,
            Admission = new AdmissionChain(new AgentAdmission(catalog), new CertificateAdmission(rbac), new EscalationAdmission(rbac)),
            Handlers = Reviews(catalog, rbac, new AgentAuthorizer(authorizer, catalog), tokens, time),
            OpenId = new OpenIdEndpoint(keys),
            Background = background,
        };
    }

    /// <summary>The cluster is another: our kinds are served, who may use them it says, and it collects garbage and empties namespaces.</summary>
    private ServerParts OpenAggregated(ObjectStore store, AggregationOptions options, ILoggerFactory loggers)
    {
        TimeProvider time = _options.TimeProvider;
        _cluster = new ClusterDelegation(options, time, loggers);
        var catalog = new ResourceCatalog(store, [.. ResourceDefinitions.All.Where(r => !r.IsBuiltIn)], _cluster.Namespaces, time);
        return new ServerParts
        {
            Catalog = catalog,
            Certificate = options is { CertificateFile: { } certificate, KeyFile: { } key }
                ? new FileServingCertificate(certificate, key, time, loggers)
                : OwnCertificate(loggers),
            Authenticator = _cluster.Authenticator,
            Authorizer = _cluster.Authorizer,
            Admission = new AgentAdmission(catalog),
            Checks = _cluster.Checks,
            Background = [_cluster.RunAsync],
        };
    }

    private CertificateRenewer OwnCertificate(ILoggerFactory loggers)
    {
        _credentials = Credentials.Open(_options.DataDirectory, _options.TimeProvider);
        return _renewer = new CertificateRenewer(_credentials, CertificateNames(), _options.TimeProvider, loggers.CreateLogger<CertificateRenewer>());
    }

    /// <summary>Whose certificate a client's is, and whether it counts, the authenticator decides: a bad one is a 401, not a broken connection.</summary>
    private static SslServerAuthenticationOptions TlsOptions(IServingCertificate certificate) => new()
    {
        ServerCertificateContext = certificate.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = true,
#pragma warning disable CA5359 // It is a client's certificate, and verified with every request.
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
        // Nothing is fetched from where a stranger's certificate points to.
        CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
    };

    private static Dictionary<(string Group, string Resource, string Subresource), IRequestHandler> Reviews(
        ResourceCatalog catalog, RbacIndex rbac, AgentAuthorizer authorizer, ServiceAccountTokens tokens, TimeProvider time) => new()
        {
            [(ReviewDefinitions.AuthenticationGroup, "selfsubjectreviews", "")] = new SelfSubjectReviewHandler(time),
            [(ReviewDefinitions.AuthenticationGroup, "tokenreviews", "")] = new TokenReviewHandler(tokens),
            [(ReviewDefinitions.AuthorizationGroup, "selfsubjectaccessreviews", "")] = new SelfSubjectAccessReviewHandler(authorizer),
            [(ReviewDefinitions.AuthorizationGroup, "selfsubjectrulesreviews", "")] = new SelfSubjectRulesReviewHandler(rbac),
            [(ReviewDefinitions.AuthorizationGroup, "subjectaccessreviews", "")] = new SubjectAccessReviewHandler(authorizer),
            [(ReviewDefinitions.AuthorizationGroup, "localsubjectaccessreviews", "")] = new LocalSubjectAccessReviewHandler(authorizer),
            [("", "serviceaccounts", "token")] = new TokenRequestHandler(tokens, catalog, time),
            [("apiextensions.k8s.io", "customresourcedefinitions", "")] = new CustomResourceDefinitionsHandler(),
        };

    private static async Task EnsureNamespacesAsync(ResourceCatalog catalog)
    {
        ObjectRegistry namespaces = catalog.Registry(ResourceDefinitions.Namespace);
        foreach (string name in NamespaceStrategy.Initial)
        {
            if (namespaces.Read().Objects.Find(name) is null)
            {
                await namespaces.CreateAsync("", new Namespace { Metadata = new ObjectMeta { Name = name } }, new WriteOptions());
            }
        }
    }

    private static IPEndPoint[] BoundEndpoints(WebApplication application) =>
        [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(a => IPEndPoint.Parse(a[(a.IndexOf("//", StringComparison.Ordinal) + 2)..].TrimEnd('/')))];

    /// <summary>An address to listen on everywhere is no address to connect to: then it is loopback.</summary>
    private static Uri UrlOf(IPEndPoint endpoint)
    {
        IPAddress address = endpoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : endpoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : endpoint.Address;
        string host = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return new Uri($"https://{host}:{endpoint.Port.ToString(CultureInfo.InvariantCulture)}");
    }

    /// <exception cref="FormatException">The policy is none.</exception>
    private AuditFilter? OpenAudit(ServerMetrics metrics, ResourceCatalog catalog, ILoggerFactory loggers)
    {
        if (_options.Audit is not { } options)
        {
            return null;
        }

        AuditPolicy policy = options.PolicyFile is null ? AuditPolicy.Default : AuditPolicyFile.Read(options.PolicyFile);
        _auditLog = new AuditLog(options, metrics.Registry, _options.TimeProvider, loggers.CreateLogger<AuditLog>());
        return new AuditFilter(policy, _auditLog, catalog, _options.TimeProvider);
    }

    private FairQueue Queue(PriorityLevel level, int seats, ServerMetrics metrics) =>
        new(level, new FairQueueOptions(seats, _options.MaxQueued, _options.MaxQueuedPerUser, _options.RequestTimeout / 4), metrics, _options.TimeProvider);

    private string[] CertificateNames()
    {
        IEnumerable<string> listened = _options.Listen
            .Select(e => e.Address)
            .Where(a => !a.Equals(IPAddress.Any) && !a.Equals(IPAddress.IPv6Any))
            .Select(a => a.ToString());
        return [.. new[] { "localhost", "127.0.0.1", "::1", Dns.GetHostName(), "kubernetes.default.svc" }
            .Concat(listened)
            .Concat(_options.ExtraNames)
            .Distinct()];
    }

    private WebApplication Build(ApiRequestHandler handler, IServingCertificate certificate, ILoggerFactory loggers)
    {
        // An empty one: the others read appsettings.json and ASPNETCORE_ variables, and watch the working directory with all below it.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddLogging();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Warnings quote what a user wrote.
            kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
            KestrelServerLimits limits = kestrel.Limits;
            // A quiet watch is not a dead one, and our own limit answers with a Status.
            limits.MinRequestBodyDataRate = null;
            limits.MinResponseDataRate = null;
            limits.MaxRequestBodySize = null;
            // Somewhat more than UrlLengthFilter lets through; Go's server takes a megabyte of headers.
            limits.MaxRequestLineSize = 160 << 10;
            limits.MaxRequestHeadersTotalSize = 192 << 10;
            limits.Http2.MaxRequestHeaderFieldSize = 160 << 10;
            limits.Http2.MaxStreamsPerConnection = 250;
            limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            foreach (IPEndPoint endpoint in _options.Listen)
            {
                kestrel.Listen(endpoint, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1AndHttp2;
                    listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(TlsOptions(certificate)) });
                    listen.Use(RefusalMiddleware.Use);
                });
            }
        });
        WebApplication application = builder.Build();
        application.Run(handler.HandleAsync);
        return application;
    }
}
