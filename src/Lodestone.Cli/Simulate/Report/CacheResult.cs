namespace Lodestone.Cli.Simulate.Report;

/// <summary>Caches of one process.</summary>
/// <param name="Objects">How many objects.</param>
/// <param name="ListBytes">JSON that they were filled from.</param>
/// <param name="HeapBytes">What they hold of the heap.</param>
/// <param name="FillMs">Milliseconds to fill them; the API's own work, which is small, is in it.</param>
internal sealed record CacheResult(long Objects, long ListBytes, long HeapBytes, double FillMs);
