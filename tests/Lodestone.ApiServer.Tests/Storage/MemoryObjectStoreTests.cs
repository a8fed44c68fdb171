using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.Storage;

public sealed class MemoryObjectStoreTests : ObjectStoreTestBase
{
    private protected override IObjectStore Open(ObjectStoreOptions? options = null) => ObjectStore.Open(new MemoryCommitLog(), options);
}
