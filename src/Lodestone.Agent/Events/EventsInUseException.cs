namespace Lodestone.Agent.Events;

/// <summary>Another process listens to this machine's events. That one goes on; there is one at a time.</summary>
/// <param name="pinDirectory">Whose events.</param>
/// <param name="processId">The other process; null where the kernel does not tell, as of another container.</param>
public sealed class EventsInUseException(string pinDirectory, int? processId) : Exception(
    processId is null
        ? $"another process listens to the events of {pinDirectory}, and there is one listener at a time; end it first"
        : $"process {processId} listens to the events of {pinDirectory}, and there is one listener at a time; wait for it, or end it with 'kill {processId}'")
{
    /// <summary>The other process.</summary>
    public int? ProcessId { get; } = processId;
}
