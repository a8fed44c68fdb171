namespace Lodestone.Aggregation.Tests.Support;

/// <summary>Everything that uses the one pair of servers, one test at a time.</summary>
[CollectionDefinition(Name)]
public sealed class AggregatedCollection : ICollectionFixture<AggregatedFixture>
{
    public const string Name = "aggregated";
}
