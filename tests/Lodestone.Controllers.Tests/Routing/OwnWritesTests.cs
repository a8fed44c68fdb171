using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Routing;
using Xunit;

namespace Lodestone.Controllers.Tests.Routing;

public sealed class OwnWritesTests
{
    private static readonly ObjectKey Key = new("default", "web");

    private readonly Cache _cache = new();
    private readonly OwnWrites<LoadBalancerRouting> _own;

    public OwnWritesTests() => _own = new OwnWrites<LoadBalancerRouting>(_cache);

    [Fact]
    public void IsNews_OwnWriteComesBack_IsNone()
    {
        LoadBalancerRouting first = Show("1");
        _own.TryRead(Key, out _);
        _own.Note(Version("2"));

        Assert.False(_own.IsNews(first, Show("2")));
        Assert.True(_own.IsNews(Version("2"), Show("3")));
    }

    /// <summary>The decision saw a routing without the target that it had just written, and that was not to be there any more: it found nothing to do.</summary>
    [Fact]
    public void IsNews_SomethingWasDecidedWithoutIt_IsOne()
    {
        LoadBalancerRouting first = Show("1");
        _own.TryRead(Key, out _);
        _own.Note(Version("2"));
        Assert.True(_own.TryRead(Key, out LoadBalancerRouting? seen));
        Assert.Equal("1", seen.Metadata.ResourceVersion);

        Assert.True(_own.IsNews(first, Show("2")));
    }

    [Fact]
    public void IsNews_SomethingWasDecidedWithIt_IsNone()
    {
        LoadBalancerRouting first = Show("1");
        _own.Note(Version("2"));
        LoadBalancerRouting second = Show("2");
        _own.TryRead(Key, out _);

        Assert.False(_own.IsNews(first, second));
    }

    [Fact]
    public void IsNews_Deleted_IsOneAndForgotten()
    {
        _own.Note(Version("2"));

        Assert.True(_own.IsNews(Version("2"), null));
        Assert.True(_own.IsNews(null, Show("2")));
    }

    private static LoadBalancerRouting Version(string version) => new() { Metadata = new ObjectMeta { Namespace = Key.Namespace, Name = Key.Name, ResourceVersion = version } };

    private LoadBalancerRouting Show(string version) => _cache.Item = Version(version);

    private sealed class Cache : ILister<LoadBalancerRouting>
    {
        public LoadBalancerRouting? Item { get; set; }

        public IReadOnlyCollection<LoadBalancerRouting> All => Item is null ? [] : [Item];

        public bool TryGet(ObjectKey key, [NotNullWhen(true)] out LoadBalancerRouting? value) => (value = Item) is not null;

        public IReadOnlyCollection<LoadBalancerRouting> InNamespace(string ns) => All;

        public IReadOnlyCollection<LoadBalancerRouting> ByIndex(string index, string value) => All;
    }
}
