using System.Text;
using Lodestone.Api.Meta;

namespace Lodestone.Api.Validation;

/// <summary>Validates what all kinds share: standard object metadata.</summary>
public static class MetadataValidation
{
    private const int MaxAnnotationsBytes = 256 * 1024;
    private const string OrphanFinalizer = "orphan";
    private const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>Adds every problem of an object's metadata to <paramref name="errors"/>.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="isNamespaced">Whether the kind lives in a namespace.</param>
    /// <param name="checkName">The kind's rule for names.</param>
    /// <param name="errors">Where to.</param>
    public static void Validate(ObjectMeta metadata, bool isNamespaced, Func<string, IEnumerable<string>> checkName, FieldErrorList errors)
    {
        ValidateName(metadata, checkName, errors);
        ValidateNamespace(metadata.Namespace ?? "", isNamespaced, errors);
        if (metadata.Generation < 0)
        {
            errors.Invalid(FieldPath.Metadata.Child("generation"), metadata.Generation, "must be greater than or equal to 0");
        }

        ValidateLabels(metadata.Labels, FieldPath.Metadata.Child("labels"), errors);
        ValidateAnnotations(metadata.Annotations, FieldPath.Metadata.Child("annotations"), errors);
        ValidateOwnerReferences(metadata.OwnerReferences, errors);
        ValidateFinalizers(metadata.Finalizers, errors);
    }

    /// <summary>Adds what may not change to <paramref name="errors"/>: an object that is being deleted takes no new finalizers.</summary>
    public static void ValidateUpdate(ObjectMeta metadata, ObjectMeta old, FieldErrorList errors)
    {
        if (old.DeletionTimestamp is null)
        {
            return;
        }

        string[] added = [.. (metadata.Finalizers ?? []).Except(old.Finalizers ?? [])];
        if (added.Length > 0)
        {
            errors.Forbidden(
                FieldPath.Metadata.Child("finalizers"),
                "no new finalizers can be added if the object is being deleted, found new finalizers "
                + $"[]string{{{string.Join(", ", added.Select(FieldError.Quote))}}}");
        }
    }

    /// <summary>Adds every problem of labels to <paramref name="errors"/>.</summary>
    public static void ValidateLabels(Dictionary<string, string>? labels, FieldPath path, FieldErrorList errors)
    {
        foreach ((string key, string value) in labels ?? [])
        {
            errors.Invalid(path, key, Names.CheckQualifiedName(key));
            errors.Invalid(path, value, Names.CheckLabelValue(value));
        }
    }

    /// <summary>Adds every problem of annotations to <paramref name="errors"/>: bad keys, and more than 256 KiB in all.</summary>
    public static void ValidateAnnotations(Dictionary<string, string>? annotations, FieldPath path, FieldErrorList errors)
    {
        long bytes = 0;
        foreach ((string key, string value) in annotations ?? [])
        {
            // Upper-case letters are allowed in the prefix of an annotation.
            errors.Invalid(path, key, Names.CheckQualifiedName(key.ToLowerInvariant()));
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        if (bytes > MaxAnnotationsBytes)
        {
            errors.TooLong(path, MaxAnnotationsBytes);
        }
    }

    /// <summary>Adds every finalizer that is neither one of Kubernetes' own nor has a prefix.</summary>
    public static void ValidateFinalizersKnown(List<string>? finalizers, FieldPath path, FieldErrorList errors)
    {
        for (int i = 0; i < finalizers?.Count; i++)
        {
            if (!finalizers[i].Contains('/', StringComparison.Ordinal) && finalizers[i] is not ("kubernetes" or OrphanFinalizer or ForegroundFinalizer))
            {
                errors.Invalid(path.Index(i), finalizers[i], "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }

    private static void ValidateName(ObjectMeta metadata, Func<string, IEnumerable<string>> checkName, FieldErrorList errors)
    {
        if (metadata.GenerateName is { Length: > 0 } prefix)
        {
            // The server appends characters, so a trailing dash is fine.
            errors.Invalid(FieldPath.Metadata.Child("generateName"), prefix, checkName(prefix.EndsWith('-') ? prefix[..^1] + "a" : prefix));
        }

        FieldPath path = FieldPath.Metadata.Child("name");
        if (string.IsNullOrEmpty(metadata.Name))
        {
            errors.Required(path, "name or generateName is required");
        }
        else
        {
            errors.Invalid(path, metadata.Name, checkName(metadata.Name));
        }
    }

    private static void ValidateNamespace(string name, bool isNamespaced, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Metadata.Child("namespace");
        if (!isNamespaced)
        {
            if (name.Length > 0)
            {
                errors.Forbidden(path, "not allowed on this type");
            }
        }
        else if (name.Length == 0)
        {
            errors.Required(path);
        }
        else
        {
            errors.Invalid(path, name, Names.CheckDnsLabel(name));
        }
    }

    private static void ValidateOwnerReferences(List<OwnerReference>? owners, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Metadata.Child("ownerReferences");
        OwnerReference? controller = null;
        for (int i = 0; i < owners?.Count; i++)
        {
            OwnerReference owner = owners[i];
            FieldPath item = path.Index(i);
            if (owner.ApiVersion.Length == 0)
            {
                errors.Invalid(item.Child("apiVersion"), owner.ApiVersion, "version must not be empty");
            }

            if (owner.Kind.Length == 0)
            {
                errors.Invalid(item.Child("kind"), owner.Kind, "must not be empty");
            }

            if (owner.Name.Length == 0)
            {
                errors.Invalid(item.Child("name"), owner.Name, "must not be empty");
            }

            if (owner.Uid.Length == 0)
            {
                errors.Invalid(item.Child("uid"), owner.Uid, "must not be empty");
            }

            if (owner.Controller != true)
            {
                continue;
            }

            if (controller is not null)
            {
                errors.Invalid(
                    item.Child("controller"),
                    true,
                    $"Only one reference can have Controller set to true. Found \"true\" in references for {controller.Name} and {owner.Name}");
            }

            controller ??= owner;
        }
    }

    private static void ValidateFinalizers(List<string>? finalizers, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Metadata.Child("finalizers");
        foreach (string finalizer in finalizers ?? [])
        {
            errors.Invalid(path, finalizer, Names.CheckQualifiedName(finalizer));
        }

        if (finalizers?.Contains(OrphanFinalizer) == true && finalizers.Contains(ForegroundFinalizer))
        {
            errors.Invalid(path, OrphanFinalizer, $"finalizer {OrphanFinalizer} and {ForegroundFinalizer} cannot be both set");
        }
    }
}
