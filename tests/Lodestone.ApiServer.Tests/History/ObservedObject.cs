namespace Lodestone.ApiServer.Tests.History;

/// <summary>An object as a client saw it.</summary>
/// <param name="Value">What some write put in; no two writes put in the same.</param>
/// <param name="Uid">Its incarnation.</param>
/// <param name="Version">Its resourceVersion.</param>
internal sealed record ObservedObject(string Value, string Uid, long Version);
