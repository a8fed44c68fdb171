using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Registry.Namespace;

/// <summary>What is left in a namespace that is being deleted, and the conditions that say so, in Kubernetes' words.</summary>
internal sealed class NamespaceContent
{
    private readonly SortedDictionary<string, int> _instances = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _finalizers = new(StringComparer.Ordinal);

    /// <summary>Whether nothing is left.</summary>
    public bool IsEmpty => _instances.Count == 0;

    /// <summary>Counts an object.</summary>
    public void Add(ResourceDefinition resource, IEnumerable<string> finalizers)
    {
        string name = $"{resource.Plural}.{resource.Group}";
        _instances[name] = _instances.GetValueOrDefault(name) + 1;
        foreach (string finalizer in finalizers)
        {
            _finalizers[finalizer] = _finalizers.GetValueOrDefault(finalizer) + 1;
        }
    }

    /// <summary>The five conditions of a namespace that is being deleted.</summary>
    /// <param name="present">Its conditions so far: one whose status stays keeps its time, and others stay as they are.</param>
    /// <param name="failures">Why objects could not be deleted.</param>
    /// <param name="now">The time of what changes.</param>
    public List<Condition> Conditions(IReadOnlyCollection<Condition> present, IReadOnlyCollection<string> failures, DateTimeOffset now)
    {
        List<Condition> told =
        [
            Make("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
            Make("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            failures.Count == 0
                ? Make("NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization")
                : Make("NamespaceDeletionContentFailure", true, "ContentDeletionFailed", $"Failed to delete all resource types, {failures.Count} remaining: {string.Join(", ", failures)}"),
            _instances.Count == 0
                ? Make("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed")
                : Make("NamespaceContentRemaining", true, "SomeResourcesRemain", "Some resources are remaining: " + List(_instances, "{0} has {1} resource instances")),
            _finalizers.Count == 0
                ? Make("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished")
                : Make("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: " + List(_finalizers, "{0} in {1} resource instances")),
        ];
        foreach (Condition condition in told)
        {
            Condition? before = present.FirstOrDefault(c => c.Type == condition.Type);
            condition.LastTransitionTime = before?.Status == condition.Status ? before.LastTransitionTime : now;
        }

        return [.. present.Where(p => told.TrueForAll(t => t.Type != p.Type)), .. told];
    }

    /// <summary>Whether two lists of conditions say the same.</summary>
    public static bool AreSame(IReadOnlyList<Condition>? left, IReadOnlyList<Condition> right) =>
        left?.Count == right.Count
        && left.Zip(right).All(p => p.First.Type == p.Second.Type
            && p.First.Status == p.Second.Status
            && p.First.Reason == p.Second.Reason
            && p.First.Message == p.Second.Message);

    private static Condition Make(string type, bool status, string reason, string message) =>
        new() { Type = type, Status = status ? "True" : "False", Reason = reason, Message = message };

    private static string List(SortedDictionary<string, int> counts, string format) =>
        string.Join(", ", counts.Select(c => string.Format(CultureInfo.InvariantCulture, format, c.Key, c.Value)));
}
