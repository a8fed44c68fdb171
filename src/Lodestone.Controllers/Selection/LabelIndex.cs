using System.Runtime.InteropServices;
using Lodestone.Api.Meta;

namespace Lodestone.Controllers.Selection;

/// <summary>Objects by their labels: narrows what a selector has to look at. Thread safe.</summary>
/// <typeparam name="T">What is found.</typeparam>
internal sealed class LabelIndex<T>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, (string Scope, IReadOnlyDictionary<string, string> Labels)> _items = [];
    private readonly Dictionary<(string Scope, string Key), Holders> _labels = [];

    /// <summary>Files an object in place of what it was before; null labels take it out.</summary>
    /// <param name="key">The object's.</param>
    /// <param name="item">The object.</param>
    /// <param name="scope">Where it is; selectors of other scopes don't see it.</param>
    /// <param name="labels">Its labels, which are not modified later.</param>
    internal void Set(ObjectKey key, T item, string scope, IReadOnlyDictionary<string, string>? labels)
    {
        lock (_lock)
        {
            if (_items.Remove(key, out (string Scope, IReadOnlyDictionary<string, string> Labels) old))
            {
                foreach ((string label, string value) in old.Labels)
                {
                    RemoveLocked(key, (old.Scope, label), value);
                }
            }

            if (labels is not { Count: > 0 })
            {
                return;
            }

            _items[key] = (scope, labels);
            foreach ((string label, string value) in labels)
            {
                if (!_labels.TryGetValue((scope, label), out Holders? holders))
                {
                    _labels[(scope, label)] = holders = new Holders();
                }

                ref Dictionary<ObjectKey, T>? ofValue = ref CollectionsMarshal.GetValueRefOrAddDefault(holders.ByValue, value, out _);
                (ofValue ??= []).Add(key, item);
                holders.Count++;
            }
        }
    }

    /// <summary>
    /// The objects under the requirement that the fewest objects meet, each once: all that the selector can select, and more. Null
    /// where it has no requirement that names a label to be there: all of the scope.
    /// </summary>
    internal IReadOnlyCollection<T>? Candidates(string scope, LabelSelector selector)
    {
        lock (_lock)
        {
            List<Dictionary<ObjectKey, T>>? fewest = null;
            int count = int.MaxValue;
            foreach ((string key, string value) in selector.MatchLabels ?? [])
            {
                ConsiderLocked(scope, key, [value], ref fewest, ref count);
            }

            foreach (LabelSelectorRequirement requirement in selector.MatchExpressions ?? [])
            {
                if (requirement.Operator is "In" or "Exists")
                {
                    ConsiderLocked(scope, requirement.Key, requirement.Operator == "In" ? requirement.Values ?? [] : null, ref fewest, ref count);
                }
            }

            return fewest is null ? null : [.. fewest.SelectMany(f => f.Values)];
        }
    }

    private void ConsiderLocked(string scope, string key, IReadOnlyCollection<string>? values, ref List<Dictionary<ObjectKey, T>>? fewest, ref int count)
    {
        if (!_labels.TryGetValue((scope, key), out Holders? holders))
        {
            (fewest, count) = ([], 0);
            return;
        }

        List<Dictionary<ObjectKey, T>>? found = null;
        int foundCount = holders.Count;
        if (values is not null)
        {
            found = [.. values.Distinct().Select(v => holders.ByValue.GetValueOrDefault(v)).OfType<Dictionary<ObjectKey, T>>()];
            foundCount = found.Sum(f => f.Count);
        }

        if (foundCount < count)
        {
            (fewest, count) = (found ?? [.. holders.ByValue.Values], foundCount);
        }
    }

    private void RemoveLocked(ObjectKey key, (string Scope, string Key) label, string value)
    {
        Holders holders = _labels[label];
        Dictionary<ObjectKey, T> ofValue = holders.ByValue[value];
        ofValue.Remove(key);
        if (ofValue.Count == 0)
        {
            holders.ByValue.Remove(value);
        }

        if (--holders.Count == 0)
        {
            _labels.Remove(label);
        }
    }

    /// <summary>Who has a label, by its value.</summary>
    private sealed class Holders
    {
        internal Dictionary<string, Dictionary<ObjectKey, T>> ByValue { get; } = new(StringComparer.Ordinal);

        internal int Count { get; set; }
    }
}
