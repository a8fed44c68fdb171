using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.Registry;

/// <summary>A generated name that is taken is not the client's concern, eight times.</summary>
public sealed class GenerateNameTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Create_GeneratedNamesTaken_AnotherIsTried(int taken)
    {
        await using var store = new CrowdedStore(taken);

        StoredObject created = await CreateAsync(store);

        Assert.Equal(taken + 1, store.Tried.Distinct().Count());
        Assert.All(store.Tried, name => Assert.Matches("^web-[bcdfghjklmnpqrstvwxz2456789]{5}$", name));
        Assert.Equal(store.Tried[^1], created.Summary.Name);
    }

    [Fact]
    public async Task Create_EightGeneratedNamesTaken_IsAlreadyExistsToTryAgain()
    {
        await using var store = new CrowdedStore(int.MaxValue);

        ApiException exception = await Assert.ThrowsAsync<ApiException>(() => CreateAsync(store));

        Assert.Equal(8, store.Tried.Count);
        Assert.Equal((409, "AlreadyExists", 1), (exception.Code, exception.Status.Reason, exception.Status.Details!.RetryAfterSeconds));
        Assert.Equal(
            $"clusterroles.rbac.authorization.k8s.io \"{store.Tried[^1]}\" already exists, the server was not able to generate a unique name for the object",
            exception.Status.Message);
    }

    private static Task<StoredObject> CreateAsync(IObjectStore store)
    {
        ObjectRegistry registry = new ResourceCatalog(store, TimeProvider.System).Registry(ResourceDefinitions.ClusterRole);
        var options = new WriteOptions();
        return registry.CreateAsync("", registry.Codec.Decode("""{"metadata":{"generateName":"web-"},"rules":[]}"""u8, options), options);
    }

    /// <summary>A store in which the first names that are tried are taken.</summary>
    private sealed class CrowdedStore(int taken) : IObjectStore
    {
        private readonly ObjectStore _inner = ObjectStore.Open(new MemoryCommitLog());

        public List<string> Tried { get; } = [];

        public long ResourceVersion => _inner.ResourceVersion;

        public StoreException? Failure => _inner.Failure;

        public IReadOnlyCollection<string> Resources => _inner.Resources;

        public StoreSnapshot Read(string resource) => _inner.Read(resource);

        public bool TryReadAt(string resource, long resourceVersion, out StoreSnapshot snapshot) => _inner.TryReadAt(resource, resourceVersion, out snapshot);

        public Task<bool> WaitForAsync(long resourceVersion, TimeSpan timeout, CancellationToken cancellationToken) =>
            _inner.WaitForAsync(resourceVersion, timeout, cancellationToken);

        public Task<WriteResult> WriteAsync(StoreWrite write)
        {
            Tried.Add(write.Key);
            return Tried.Count > taken ? _inner.WriteAsync(write) : Task.FromResult(new WriteResult(WriteOutcome.Exists, StoredObject.Unversioned(write.Draft!)));
        }

        public bool TryWatch(string resource, long afterResourceVersion, out EventCursor cursor) => _inner.TryWatch(resource, afterResourceVersion, out cursor);

        public long HeldSince(string resource) => _inner.HeldSince(resource);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
