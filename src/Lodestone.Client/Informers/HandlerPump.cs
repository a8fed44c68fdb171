using System.Threading.Channels;
using Lodestone.Api.Meta;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Informers;

/// <summary>Calls one handler with the changes, in order and on a task of its own: the stream's reader runs no user code.</summary>
internal sealed partial class HandlerPump<T>(Action<T?, T?> handler, int capacity, ILogger logger)
    where T : KubernetesObject
{
    private readonly Channel<(T? Old, T? New)> _changes = Channel.CreateBounded<(T? Old, T? New)>(
        new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Hands a change over; waits while the handler is a whole queue behind.</summary>
    internal ValueTask PostAsync(T? old, T? current, CancellationToken cancellationToken) =>
        _changes.Writer.WriteAsync((old, current), cancellationToken);

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach ((T? old, T? current) in _changes.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                handler(old, current);
            }
#pragma warning disable CA1031 // One bad handler or object must not stop the others from hearing of changes.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.HandlerFailed(logger, typeof(T).Name, (current ?? old)!.Key, exception);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2100, LogLevel.Error, "A handler for {Kind} failed on {Object}")]
        internal static partial void HandlerFailed(ILogger logger, string kind, ObjectKey @object, Exception exception);
    }
}
