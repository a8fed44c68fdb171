using System.Runtime.InteropServices;
using Lodestone.Api.Meta;

namespace Lodestone.Controllers.Selection;

/// <summary>Answers which label selectors select an object, looking only at those that ask for one of its labels. Thread safe.</summary>
/// <remarks>
/// A selector is filed under one of its requirements that name a label (matchLabels, In, Exists): the one that the fewest selectors
/// share when it is filed. One without any (empty, NotIn, DoesNotExist) is filed under its scope and looked at for every object of it.
/// So a change of an object costs by the selectors that share its rarest label, not by all there are.
/// </remarks>
internal sealed class SelectorIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Filing> _filings = [];
    private readonly Dictionary<Term, HashSet<ObjectKey>> _files = [];
    private readonly Dictionary<Term, int> _mentions = [];
    private long _examined;

    /// <summary>Selectors that were compared with an object's labels so far: the work that lookups took.</summary>
    internal long Examined => Interlocked.Read(ref _examined);

    /// <summary>Files a selector in place of the one its owner had before; null takes it out.</summary>
    /// <param name="owner">Whose selector it is.</param>
    /// <param name="scope">Where it selects; nothing of another scope is selected.</param>
    /// <param name="selector">The selector, which is not modified later.</param>
    internal void Set(ObjectKey owner, string scope, LabelSelector? selector)
    {
        lock (_lock)
        {
            RemoveLocked(owner);
            if (selector is null || Alternatives(scope, selector) is not { } alternatives)
            {
                return;
            }

            foreach (Term term in alternatives.SelectMany(a => a))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_mentions, term, out _)++;
            }

            var filing = new Filing(selector, alternatives, alternatives.Count > 0 ? alternatives.MinBy(CostLocked)! : [Term.Any(scope)]);
            _filings[owner] = filing;
            foreach (Term term in filing.Under)
            {
                if (!_files.TryGetValue(term, out HashSet<ObjectKey>? file))
                {
                    _files[term] = file = [];
                }

                file.Add(owner);
            }
        }
    }

    /// <summary>The owners of the selectors that select an object, each once.</summary>
    internal List<ObjectKey> Matching(string scope, IReadOnlyDictionary<string, string>? labels)
    {
        var found = new List<ObjectKey>();
        lock (_lock)
        {
            AddMatchingLocked(Term.Any(scope), labels, found);
            foreach ((string key, string value) in labels ?? new Dictionary<string, string>())
            {
                AddMatchingLocked(new Term(scope, key, value), labels, found);
                AddMatchingLocked(new Term(scope, key, null), labels, found);
            }
        }

        return found;
    }

    private void AddMatchingLocked(Term term, IReadOnlyDictionary<string, string>? labels, List<ObjectKey> found)
    {
        if (_files.TryGetValue(term, out HashSet<ObjectKey>? file))
        {
            Interlocked.Add(ref _examined, file.Count);
            foreach (ObjectKey owner in file)
            {
                if (_filings[owner].Selector.Matches(labels))
                {
                    found.Add(owner);
                }
            }
        }
    }

    private void RemoveLocked(ObjectKey owner)
    {
        if (!_filings.Remove(owner, out Filing? filing))
        {
            return;
        }

        foreach (Term term in filing.Under)
        {
            if (_files[term].Remove(owner) && _files[term].Count == 0)
            {
                _files.Remove(term);
            }
        }

        foreach (Term term in filing.Alternatives.SelectMany(a => a))
        {
            if (--CollectionsMarshal.GetValueRefOrNullRef(_mentions, term) == 0)
            {
                _mentions.Remove(term);
            }
        }
    }

    /// <summary>How many selectors ask for the same.</summary>
    private long CostLocked(Term[] alternative) => alternative.Sum(t => (long)_mentions[t]);

    /// <summary>The requirements that name labels an object must have, each as the terms of which one must hold; null: it selects nothing.</summary>
    private static List<Term[]>? Alternatives(string scope, LabelSelector selector)
    {
        var found = new List<Term[]>();
        foreach ((string key, string value) in selector.MatchLabels ?? [])
        {
            found.Add([new Term(scope, key, value)]);
        }

        foreach (LabelSelectorRequirement requirement in selector.MatchExpressions ?? [])
        {
            switch (requirement.Operator)
            {
                case "In" when requirement.Values is { Count: > 0 } values:
                    found.Add([.. values.Distinct().Select(v => new Term(scope, requirement.Key, v))]);
                    break;
                case "Exists":
                    found.Add([new Term(scope, requirement.Key, null)]);
                    break;
                case "NotIn" or "DoesNotExist":
                    break;
                default:
                    return null;
            }
        }

        return found;
    }

    private sealed record Filing(LabelSelector Selector, List<Term[]> Alternatives, Term[] Under);

    /// <summary>A label with a value; with a null value, whatever the value; with an empty key, whatever the labels.</summary>
    private readonly record struct Term(string Scope, string Key, string? Value)
    {
        internal static Term Any(string scope) => new(scope, "", null);
    }
}
