using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Tests.Addresses;

/// <summary>A cache that holds what a test puts in.</summary>
internal sealed class FakeLister<T> : ILister<T>
    where T : KubernetesObject
{
    internal Dictionary<ObjectKey, T> Items { get; } = [];

    public IReadOnlyCollection<T> All => Items.Values;

    internal void Set(T item) => Items[item.Key] = item;

    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => Items.TryGetValue(key, out value);

    public IReadOnlyCollection<T> InNamespace(string ns) => [.. Items.Values.Where(i => i.Key.Namespace == ns)];

    public IReadOnlyCollection<T> ByIndex(string index, string value) => throw new ArgumentException($"no index \"{index}\"", nameof(index));
}
