using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Tests.Addresses;

/// <summary>A cache that holds what a test puts in.</summary>
internal sealed class FakeLister<T> : ILister<T>
    where T : KubernetesObject
{
    private readonly Dictionary<string, Func<T, IEnumerable<string>>> _indexes = [];

    internal Dictionary<ObjectKey, T> Items { get; } = [];

    public IReadOnlyCollection<T> All => Items.Values;

    internal void Set(T item) => Items[item.Key] = item;

    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => Items.TryGetValue(key, out value);

    public IReadOnlyCollection<T> InNamespace(string ns) => [.. Items.Values.Where(i => i.Key.Namespace == ns)];

    public IReadOnlyCollection<T> ByIndex(string index, string value) => [.. Items.Values.Where(i => _indexes[index](i).Contains(value))];

    internal FakeLister<T> WithIndex(string name, Func<T, IEnumerable<string>> function)
    {
        _indexes[name] = function;
        return this;
    }
}
