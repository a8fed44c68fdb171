namespace Lodestone.Cli.Simulate.Report;

/// <summary>A kind as an agent sees it.</summary>
/// <param name="Resource">Its plural.</param>
/// <param name="Objects">How many an agent lists.</param>
/// <param name="ListBytes">JSON of the list.</param>
/// <param name="EventBytes">JSON of the event that tells of one object.</param>
/// <param name="ByGatewaysOnly">Whether hypervisors don't watch it.</param>
internal sealed record KindResult(string Resource, long Objects, long ListBytes, int EventBytes, bool ByGatewaysOnly);
