using Microsoft.Extensions.Hosting;

namespace Lodestone.Cli.Hosting;

/// <summary>A host lifetime that listens to nothing: <see cref="TerminationSignals"/> decides when a command ends.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
