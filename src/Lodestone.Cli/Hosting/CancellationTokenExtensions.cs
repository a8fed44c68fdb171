namespace Lodestone.Cli.Hosting;

/// <summary>Waiting for cancellation.</summary>
internal static class CancellationTokenExtensions
{
    /// <summary>Completes, without an exception, when the token is cancelled.</summary>
    public static async Task WhenCancelledAsync(this CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = cancellationToken.Register(() => cancelled.TrySetResult());
        await cancelled.Task;
    }
}
