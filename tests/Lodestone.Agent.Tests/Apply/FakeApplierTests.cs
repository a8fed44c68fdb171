using Lodestone.Agent.Apply;
using Lodestone.Agent.Tests.Fakes;

namespace Lodestone.Agent.Tests.Apply;

public sealed class FakeApplierTests : ApplierTestBase
{
    private protected override IDatapathMaps CreateMaps(DatapathCapacities capacities) => new FakeDatapathMaps(capacities);
}
