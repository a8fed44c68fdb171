namespace Lodestone.ApiServer.Storage;

/// <summary>How a write ended, and with what.</summary>
/// <param name="Outcome">Committed, or why not.</param>
/// <param name="Object">Committed: the object as stored, or its last state if it was deleted. Else the object in the way, if there is one.</param>
internal readonly record struct WriteResult(WriteOutcome Outcome, StoredObject? Object);
