namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>A cluster with our kinds and the controllers' role; disposing stops what was started for it.</summary>
internal interface IRunningCluster : IAsyncDisposable
{
    /// <summary>How the administrator reaches it.</summary>
    public string Kubeconfig { get; }
}
