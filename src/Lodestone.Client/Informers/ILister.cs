using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>The read side of an informer: a consistent, immutable picture, read without locks. The objects are shared: never modify one.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface ILister<T>
    where T : KubernetesObject
{
    /// <summary>Every object.</summary>
    public IReadOnlyCollection<T> All { get; }

    /// <summary>The object of that namespace and name.</summary>
    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value);

    /// <summary>The objects of a namespace.</summary>
    public IReadOnlyCollection<T> InNamespace(string ns);

    /// <summary>The objects for which an index function gave this value.</summary>
    /// <exception cref="ArgumentException">There is no index of that name.</exception>
    public IReadOnlyCollection<T> ByIndex(string index, string value);
}
