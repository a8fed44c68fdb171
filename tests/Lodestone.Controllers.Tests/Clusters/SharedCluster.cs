using System.Diagnostics;
using Xunit;

[assembly: AssemblyFixture(typeof(Lodestone.Controllers.Tests.Clusters.SharedClusterEnd))]

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>A cluster that serves all tests, one after the other; each finds it empty.</summary>
internal sealed class SharedCluster : Cluster
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static IRunningCluster? _running;

    private readonly ClusterCleaner _cleaner;
    private readonly IRunningCluster _cluster;

    private SharedCluster(IRunningCluster cluster)
    {
        _cluster = cluster;
        _cleaner = new ClusterCleaner(cluster.Kubeconfig);
    }

    /// <summary>Whether tests are to run on one.</summary>
    internal static bool IsWanted { get; } = Target.Length > 0 || GivenKubeconfig.Length > 0;

    internal override string Kubeconfig => _cluster.Kubeconfig;

    /// <summary>The service account of <c>lodestone manifests controller</c>.</summary>
    internal override Identity Controllers { get; } = new("system:serviceaccount:lodestone-system:lodestone-controller");

    /// <summary>An administrator: on a plain cluster nothing ties an agent to its machine, and what it may do is not what these tests are about.</summary>
    internal override Identity Agent(string host) => new($"agent-{host}", "system:masters");

    /// <summary>Where nobody empties namespaces, as kube-controller-manager does, the test does it; elsewhere both.</summary>
    internal override Task DeleteNamespaceAsync(string name, CancellationToken cancellationToken) => _cleaner.DeleteNamespaceAsync(name, cancellationToken);

    private static string Target => Environment.GetEnvironmentVariable("LODESTONE_TEST_TARGET") ?? "";

    private static string GivenKubeconfig => Environment.GetEnvironmentVariable("LODESTONE_TEST_KUBECONFIG") ?? "";

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await _cleaner.CleanAsync();
        }
        finally
        {
            _cleaner.Dispose();
            Turn.Release();
        }
    }

    internal static async Task<SharedCluster> TakeAsync(CancellationToken cancellationToken)
    {
        await Turn.WaitAsync(cancellationToken);
        try
        {
            bool isFirst = _running is null;
            _running ??= await StartAsync();
            var cluster = new SharedCluster(_running);
            if (isFirst)
            {
                await cluster._cleaner.RequireEmptyAsync();
            }

            return cluster;
        }
        catch
        {
            Turn.Release();
            throw;
        }
    }

    /// <summary>Stops what was started.</summary>
    internal static async ValueTask EndAsync()
    {
        if (_running is not null)
        {
            await _running.DisposeAsync();
        }
    }

    private static async Task<IRunningCluster> StartAsync() => (GivenKubeconfig, Target) switch
    {
        ({ Length: > 0 } file, _) => await GivenCluster.OpenAsync(file),
        (_, "kube-apiserver") => await KubeCluster.StartAsync(),
        (_, "aggregated") => await AggregatedCluster.StartAsync(),
        _ => throw new UnreachableException($"LODESTONE_TEST_TARGET={Target} is neither kube-apiserver nor aggregated"),
    };
}
