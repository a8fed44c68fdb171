namespace Lodestone.Cli.Simulate.Report;

/// <summary>A map that grows with the site.</summary>
/// <param name="Map">Its name.</param>
/// <param name="Entries">Entries in use.</param>
/// <param name="Bytes">Their bytes, without what a hash map adds.</param>
/// <param name="Default">Entries it has unless it is made larger.</param>
internal sealed record MapResult(string Map, long Entries, long Bytes, long Default);
