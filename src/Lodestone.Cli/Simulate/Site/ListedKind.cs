namespace Lodestone.Cli.Simulate.Site;

/// <summary>What lists of a kind came to.</summary>
/// <param name="Objects">How many objects.</param>
/// <param name="Bytes">JSON of the pages.</param>
internal readonly record struct ListedKind(long Objects, long Bytes);
