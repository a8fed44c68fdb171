namespace Lodestone.ApiServer.Storage;

/// <summary>A write that waits for its group's commit.</summary>
internal sealed class PendingWrite(StoreWrite write)
{
    private readonly TaskCompletionSource<WriteResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is to be written.</summary>
    public StoreWrite Write { get; } = write;

    /// <summary>What the answer will be once the group is durable.</summary>
    public WriteResult Result { get; set; }

    /// <summary>Completes with the answer.</summary>
    public Task<WriteResult> Task => _completion.Task;

    /// <summary>Gives the answer.</summary>
    public void Answer() => _completion.TrySetResult(Result);

    /// <summary>Gives a failure.</summary>
    public void SetException(StoreException exception) => _completion.TrySetException(exception);
}
