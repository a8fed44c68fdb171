namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>How far a check, backup or restore has come.</summary>
/// <param name="Bytes">Bytes done.</param>
/// <param name="TotalBytes">Bytes there were when it began.</param>
public readonly record struct StoreProgress(long Bytes, long TotalBytes);
