using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>A cache that shows what a test wants it to, however old.</summary>
internal sealed class StaleLister<T>(string index, Func<T, IEnumerable<string>> function, params T[] items) : ILister<T>
    where T : KubernetesObject
{
    public IReadOnlyCollection<T> All => items;

    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => (value = Array.Find(items, i => i.Key == key)) is not null;

    public IReadOnlyCollection<T> InNamespace(string ns) => Array.FindAll(items, i => i.Metadata.Namespace == ns);

    public IReadOnlyCollection<T> ByIndex(string name, string value) =>
        name == index ? Array.FindAll(items, i => function(i).Contains(value)) : throw new ArgumentException($"there is no index {name}", nameof(name));
}
