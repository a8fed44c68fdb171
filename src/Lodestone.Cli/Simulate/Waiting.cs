using Lodestone.Client.Informers;

namespace Lodestone.Cli.Simulate;

/// <summary>Waits for informers.</summary>
internal static class Waiting
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits until something is so.</summary>
    /// <exception cref="InvalidOperationException">An informer failed: it would never be so.</exception>
    public static async Task UntilAsync(Func<bool> isSo, IEnumerable<IInformer> informers, CancellationToken cancellationToken)
    {
        while (!isSo())
        {
            if (informers.FirstOrDefault(informer => informer.Failure is not null) is { } failed)
            {
                throw new InvalidOperationException($"the watch of {failed.Definition.Plural} failed: {failed.Failure}");
            }

            await Task.Delay(LookInterval, TimeProvider.System, cancellationToken);
        }
    }
}
