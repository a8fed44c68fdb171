using Lodestone.Api.Meta;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Resources;

/// <summary>What is particular to a kind when the API server writes an object: defaults, which fields a writer may set, and validation.</summary>
/// <remarks>
/// Stateless and thread-safe. The order of a write: decode, <see cref="Default"/>, a <c>PrepareFor</c> method, a <c>Validate</c> method. The
/// objects are those of the kind; use <see cref="ResourceStrategy{T}"/> where the kind is known.
/// </remarks>
public abstract class ResourceStrategy
{
    private protected ResourceStrategy()
    {
    }

    /// <summary>Fills in what is derived from other fields. Repeating it changes nothing.</summary>
    public abstract void Default(KubernetesObject resource);

    /// <summary>Resets what a creator may not set. Adds to <paramref name="warnings"/> what the client should be told.</summary>
    public abstract void PrepareForCreate(KubernetesObject resource, ICollection<string> warnings);

    /// <summary>Resets what a writer of the main resource may not change, status above all.</summary>
    public abstract void PrepareForUpdate(KubernetesObject resource, KubernetesObject old, ICollection<string> warnings);

    /// <summary>Resets everything a writer of <c>/status</c> may not change: all but status, <c>resourceVersion</c> and <c>managedFields</c>.</summary>
    public abstract void PrepareForStatusUpdate(KubernetesObject resource, KubernetesObject old);

    /// <summary>Every problem of an object that is to be created.</summary>
    public abstract FieldErrorList Validate(KubernetesObject resource);

    /// <summary>Every problem of an object that is to replace <paramref name="old"/>.</summary>
    public abstract FieldErrorList ValidateUpdate(KubernetesObject resource, KubernetesObject old);

    /// <summary>Every problem of a status that is to replace that of <paramref name="old"/>.</summary>
    public abstract FieldErrorList ValidateStatusUpdate(KubernetesObject resource, KubernetesObject old);
}
