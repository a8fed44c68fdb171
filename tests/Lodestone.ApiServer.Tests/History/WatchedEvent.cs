namespace Lodestone.ApiServer.Tests.History;

/// <summary>A change as a watcher saw it.</summary>
internal sealed record WatchedEvent(string Type, string Key, ObservedObject Object);
