using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;
using Lodestone.Client.Informers;

namespace Lodestone.Agent.Tests.Fakes;

/// <summary>A cache that a test fills.</summary>
internal sealed class FakeLister<T> : ILister<T>
    where T : KubernetesObject
{
    public List<T> Items { get; } = [];

    public IReadOnlyCollection<T> All => Items;

    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => (value = Items.Find(item => item.Key == key)) is not null;

    public IReadOnlyCollection<T> InNamespace(string ns) => [.. Items.Where(item => item.Metadata.Namespace == ns)];

    public IReadOnlyCollection<T> ByIndex(string index, string value) => throw new ArgumentException($"no index {index}", nameof(index));
}
