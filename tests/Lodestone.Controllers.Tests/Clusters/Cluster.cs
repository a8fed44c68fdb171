using Lodestone.Client.Config;
using Lodestone.Client.Http;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>A Kubernetes API that knows our kinds and holds no object of them, for one test.</summary>
/// <remarks>
/// <c>LODESTONE_TEST_TARGET</c> says which: nothing, a server of ours in this process for each test; <c>kube-apiserver</c>, a real one with our
/// definitions; <c>aggregated</c>, a real one with a server of ours behind it. <c>LODESTONE_TEST_KUBECONFIG=FILE</c> is any other cluster, as an
/// administrator. What outlives a test is shared by all, one at a time.
/// </remarks>
internal abstract class Cluster : IAsyncDisposable
{
    /// <summary>How the administrator reaches it.</summary>
    internal abstract string Kubeconfig { get; }

    /// <summary>Who the controllers are there: they have the rights of their role, and no others.</summary>
    internal abstract Identity Controllers { get; }

    /// <summary>Who the agent of a machine is there.</summary>
    internal abstract Identity Agent(string host);

    /// <summary>Deletes a namespace with what is in it, as whoever empties namespaces there does.</summary>
    internal abstract Task DeleteNamespaceAsync(string name, CancellationToken cancellationToken);

    /// <summary>The one for the next test; waits until the one before is through with what they share.</summary>
    internal static async Task<Cluster> TakeAsync(CancellationToken cancellationToken, bool withServices = false) => SharedCluster.IsWanted
        ? await SharedCluster.TakeAsync(cancellationToken)
        : await EmbeddedCluster.StartAsync(withServices, cancellationToken);

    /// <summary>A client of somebody's, whose requests pass <paramref name="check"/>.</summary>
    internal ApiClient Connect(Identity identity, DelegatingHandler? check = null)
    {
        var config = KubeConfig.Load(Kubeconfig);
        HttpMessageHandler handler = new ImpersonationHandler(identity) { InnerHandler = Transport.Create(config) };
        if (check is not null)
        {
            check.InnerHandler = handler;
            handler = check;
        }

        return new ApiClient(handler, config.Server);
    }

    /// <summary>Gives it back.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>A user, as requests of an administrator name him.</summary>
    internal sealed record Identity(string User, params string[] Groups);
}
