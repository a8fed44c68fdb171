namespace Lodestone.ApiServer.Tests.History;

/// <summary>Everything clients did and saw, from the time when there were no objects.</summary>
/// <param name="From">The version at which nothing was there; all watches began there.</param>
/// <param name="Operations">All requests, in any order.</param>
/// <param name="Streams">What each watcher saw, over all its connections.</param>
internal sealed record RecordedHistory(long From, IReadOnlyList<Operation> Operations, IReadOnlyList<IReadOnlyList<WatchedEvent>> Streams);
