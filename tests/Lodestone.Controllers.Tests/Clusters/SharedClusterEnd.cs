using Xunit;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Stops the shared cluster after the last test.</summary>
public sealed class SharedClusterEnd : IAsyncLifetime
{
    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => SharedCluster.EndAsync();
}
