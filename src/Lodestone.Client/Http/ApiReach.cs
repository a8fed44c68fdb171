namespace Lodestone.Client.Http;

/// <summary>Tells those who wait after a failure that the server has answered somebody else meanwhile. Thread-safe.</summary>
internal sealed class ApiReach
{
    private TaskCompletionSource? _next;

    /// <summary>Completes at the next answer to any request of the client.</summary>
    internal Task NextAnswer()
    {
        var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _next, own, null) ?? own).Task;
    }

    /// <summary>The server has answered.</summary>
    internal void Answered()
    {
        if (Volatile.Read(ref _next) is not null)
        {
            Interlocked.Exchange(ref _next, null)?.TrySetResult();
        }
    }
}
