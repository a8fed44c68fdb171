using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Registry.Namespace;

/// <summary>Gives every namespace what programs expect to find in it: the ServiceAccount <c>default</c> and the ConfigMap <c>kube-root-ca.crt</c>.</summary>
/// <remarks>
/// The part of two controllers of Kubernetes (serviceaccount-controller and root-ca-certificate-publisher). Level-based: what was
/// deleted comes back, and a changed certificate is put right, as there.
/// </remarks>
internal sealed partial class NamespaceSeeder(
    IObjectStore store, ResourceCatalog catalog, TimeProvider time, string authorityPem, ILogger<NamespaceSeeder> logger)
{
    private const string AccountName = "default";
    private const string AuthorityName = "kube-root-ca.crt";
    private const string AuthorityKey = "ca.crt";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ObjectRegistry _namespaces = catalog.Registry(ResourceDefinitions.Namespace);
    private readonly ObjectRegistry _accounts = catalog.Registry(ResourceDefinitions.ServiceAccount);
    private readonly ObjectRegistry _configMaps = catalog.Registry(ResourceDefinitions.ConfigMap);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await SeedAllAndFollowAsync(cancellationToken);
            }
            catch (StoreException exception)
            {
                Log.Retrying(logger, exception.Message);
                await Task.Delay(RetryAfter, time, cancellationToken);
            }
        }
    }

    /// <summary>Returns when events were missed and everything has to be looked at again.</summary>
    private async Task SeedAllAndFollowAsync(CancellationToken cancellationToken)
    {
        StoreSnapshot snapshot = _namespaces.Read();
        if (!store.TryWatch(_namespaces.StoreName, snapshot.ResourceVersion, out EventCursor namespaces)
            || !store.TryWatch(_accounts.StoreName, snapshot.ResourceVersion, out EventCursor accounts)
            || !store.TryWatch(_configMaps.StoreName, snapshot.ResourceVersion, out EventCursor configMaps))
        {
            return;
        }

        foreach (StoredObject ns in snapshot.Objects)
        {
            await SeedAsync(ns.Summary.Name);
        }

        while (true)
        {
            Task appended = Task.WhenAny(namespaces.Appended, accounts.Appended, configMaps.Appended);
            while (namespaces.TryRead(out StoreEvent item))
            {
                await SeedAsync(item.Object.Summary.Name);
            }

            await ReseedAsync(accounts, AccountName);
            await ReseedAsync(configMaps, AuthorityName);
            if (namespaces.IsTooSlow || accounts.IsTooSlow || configMaps.IsTooSlow)
            {
                return;
            }

            await appended.WaitAsync(cancellationToken);
        }
    }

    private async Task ReseedAsync(EventCursor cursor, string name)
    {
        while (cursor.TryRead(out StoreEvent item))
        {
            if (item.Object.Summary.Name == name && item.Kind != StoreEventKind.Added)
            {
                await SeedAsync(item.Object.Summary.Namespace);
            }
        }
    }

    private async Task SeedAsync(string ns)
    {
        if (_namespaces.Read().Objects.Find(ns) is not { Summary.DeletionTimestamp: null })
        {
            return;
        }

        try
        {
            await Task.WhenAll(SeedAccountAsync(ns), SeedAuthorityAsync(ns));
        }
        catch (ApiException)
        {
            // The namespace is going, or somebody else was faster; if anything is still to be done, its event says so.
        }
    }

    private async Task SeedAccountAsync(string ns)
    {
        if (_accounts.Read().Objects.Find($"{ns}/{AccountName}") is null)
        {
            await _accounts.CreateAsync(ns, new ServiceAccount { Metadata = new ObjectMeta { Name = AccountName } }, new WriteOptions());
        }
    }

    private async Task SeedAuthorityAsync(string ns)
    {
        if (_configMaps.Read().Objects.Find($"{ns}/{AuthorityName}") is not { } current)
        {
            await _configMaps.CreateAsync(ns, NewAuthority(), new WriteOptions());
        }
        else if (((ConfigMap)_configMaps.Codec.Decode(current)).Data is not { Count: 1 } data
            || data.GetValueOrDefault(AuthorityKey) != authorityPem)
        {
            await _configMaps.UpdateAsync(ns, AuthorityName, isStatus: false, isReplacement: false, _ => NewAuthority(), new WriteOptions());
        }
    }

    private ConfigMap NewAuthority() => new()
    {
        Metadata = new ObjectMeta
        {
            Name = AuthorityName,
            Annotations = new()
            {
                ["kubernetes.io/description"] =
                    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or "
                    + "kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
            },
        },
        Data = new() { [AuthorityKey] = authorityPem },
    };

    private static partial class Log
    {
        [LoggerMessage(2002, LogLevel.Warning, "Namespaces have to wait for their service account and CA: {Reason}")]
        public static partial void Retrying(ILogger logger, string reason);
    }
}
