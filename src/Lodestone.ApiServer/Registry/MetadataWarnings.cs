using Lodestone.Api.Meta;

namespace Lodestone.ApiServer.Registry;

/// <summary>What Kubernetes takes in an object's metadata, but not without a <c>Warning</c> to who sent it.</summary>
internal static class MetadataWarnings
{
    /// <summary>Drops owner references that stand twice, and warns of them and of new finalizers that don't say whose they are.</summary>
    /// <param name="metadata">The metadata as it was sent, or as a patch has made it.</param>
    /// <param name="old">The metadata as it is; null at a creation.</param>
    /// <param name="isPatched">A patch has made it: Kubernetes looks for repeated references later then, and says so.</param>
    /// <param name="isBuiltIn">The kind is one of Kubernetes' own: those refuse such finalizers.</param>
    /// <param name="warnings">Receives the warnings.</param>
    public static void Check(ObjectMeta metadata, ObjectMeta? old, bool isPatched, bool isBuiltIn, List<string> warnings)
    {
        DropRepeatedOwners(metadata, isPatched, warnings);
        if (!isBuiltIn)
        {
            CheckFinalizers(metadata, old, warnings);
        }
    }

    // Twice is: the same in every field.
    private static void DropRepeatedOwners(ObjectMeta metadata, bool isPatched, List<string> warnings)
    {
        if (metadata.OwnerReferences is not { Count: > 1 } owners)
        {
            return;
        }

        var kept = new List<OwnerReference>(owners.Count);
        var seen = new HashSet<(string, string, string, string, bool?, bool?)>();
        var repeated = new List<string>();
        foreach (OwnerReference owner in owners)
        {
            if (seen.Add((owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.Controller, owner.BlockOwnerDeletion)))
            {
                kept.Add(owner);
            }
            else
            {
                repeated.Add(owner.Uid);
            }
        }

        if (repeated.Count > 0)
        {
            metadata.OwnerReferences = kept;
            warnings.Add(
                $".metadata.ownerReferences contains duplicate entries{(isPatched ? " after mutating admission happens" : "")}; "
                + "API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; "
                + $"please fix your requests; duplicate UID(s) observed: {string.Join(", ", repeated)}");
        }
    }

    private static void CheckFinalizers(ObjectMeta metadata, ObjectMeta? old, List<string> warnings)
    {
        if (metadata.Finalizers is not { } finalizers)
        {
            return;
        }

        foreach (string finalizer in finalizers.Except(old?.Finalizers ?? []).Order(StringComparer.Ordinal))
        {
            if (!finalizer.Contains('/', StringComparison.Ordinal) && finalizer is not ("orphan" or "foregroundDeletion"))
            {
                warnings.Add($"metadata.finalizers: \"{finalizer}\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers");
            }
        }
    }
}
