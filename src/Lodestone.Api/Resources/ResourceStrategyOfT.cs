using Lodestone.Api.Meta;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Resources;

/// <summary>The <see cref="ResourceStrategy"/> of one kind.</summary>
/// <typeparam name="T">The kind.</typeparam>
public abstract class ResourceStrategy<T> : ResourceStrategy
    where T : KubernetesObject
{
    private protected ResourceStrategy()
    {
    }

    /// <summary>Whether objects live in a namespace.</summary>
    protected virtual bool IsNamespaced => true;

    /// <summary>Whether finalizers must be names of Kubernetes' own or have a prefix, as most of its own kinds ask.</summary>
    protected virtual bool RequiresKnownFinalizers => false;

    /// <summary>What is wrong with a name of this kind; a DNS subdomain unless the kind says otherwise.</summary>
    protected virtual IEnumerable<string> CheckName(string name) => Names.CheckDnsSubdomain(name);

    /// <inheritdoc cref="ResourceStrategy.Default"/>
    public virtual void Default(T resource)
    {
    }

    /// <inheritdoc cref="ResourceStrategy.PrepareForCreate"/>
    public virtual void PrepareForCreate(T resource, ICollection<string> warnings)
    {
    }

    /// <inheritdoc cref="ResourceStrategy.PrepareForUpdate"/>
    public virtual void PrepareForUpdate(T resource, T old, ICollection<string> warnings)
    {
    }

    /// <inheritdoc cref="ResourceStrategy.PrepareForStatusUpdate"/>
    public void PrepareForStatusUpdate(T resource, T old)
    {
        resource.ApiVersion = old.ApiVersion;
        resource.Kind = old.Kind;
        resource.Metadata = old.Metadata.WithVersionOf(resource.Metadata);
        KeepDesiredState(resource, old);
    }

    /// <inheritdoc cref="ResourceStrategy.Validate"/>
    public virtual FieldErrorList Validate(T resource)
    {
        var errors = new FieldErrorList();
        MetadataValidation.Validate(resource.Metadata, IsNamespaced, CheckName, errors);
        if (RequiresKnownFinalizers)
        {
            MetadataValidation.ValidateFinalizersKnown(resource.Metadata.Finalizers, FieldPath.Metadata.Child("finalizers"), errors);
        }

        ValidateContent(resource, errors);
        return errors;
    }

    /// <inheritdoc cref="ResourceStrategy.ValidateUpdate"/>
    public virtual FieldErrorList ValidateUpdate(T resource, T old)
    {
        FieldErrorList errors = Validate(resource);
        MetadataValidation.ValidateUpdate(resource.Metadata, old.Metadata, errors);
        ValidateChange(resource, old, errors);
        return errors;
    }

    /// <inheritdoc cref="ResourceStrategy.ValidateStatusUpdate"/>
    public FieldErrorList ValidateStatusUpdate(T resource, T old)
    {
        var errors = new FieldErrorList();
        ValidateStatus(resource, errors);
        ValidateStatusChange(resource, old, errors);
        return errors;
    }

    /// <inheritdoc/>
    public sealed override void Default(KubernetesObject resource) => Default((T)resource);

    /// <inheritdoc/>
    public sealed override void PrepareForCreate(KubernetesObject resource, ICollection<string> warnings) => PrepareForCreate((T)resource, warnings);

    /// <inheritdoc/>
    public sealed override void PrepareForUpdate(KubernetesObject resource, KubernetesObject old, ICollection<string> warnings) =>
        PrepareForUpdate((T)resource, (T)old, warnings);

    /// <inheritdoc/>
    public sealed override void PrepareForStatusUpdate(KubernetesObject resource, KubernetesObject old) => PrepareForStatusUpdate((T)resource, (T)old);

    /// <inheritdoc/>
    public sealed override FieldErrorList Validate(KubernetesObject resource) => Validate((T)resource);

    /// <inheritdoc/>
    public sealed override FieldErrorList ValidateUpdate(KubernetesObject resource, KubernetesObject old) => ValidateUpdate((T)resource, (T)old);

    /// <inheritdoc/>
    public sealed override FieldErrorList ValidateStatusUpdate(KubernetesObject resource, KubernetesObject old) => ValidateStatusUpdate((T)resource, (T)old);

    /// <summary>Takes everything but metadata and status from <paramref name="old"/>.</summary>
    private protected abstract void KeepDesiredState(T resource, T old);

    /// <summary>Validates what is neither metadata nor status.</summary>
    private protected virtual void ValidateContent(T resource, FieldErrorList errors)
    {
    }

    /// <summary>Validates what may not change.</summary>
    private protected virtual void ValidateChange(T resource, T old, FieldErrorList errors)
    {
    }

    /// <summary>Validates the status.</summary>
    private protected virtual void ValidateStatus(T resource, FieldErrorList errors)
    {
    }

    /// <summary>Validates what may not change of the status, and what it must agree with; all but the status is that of <paramref name="old"/>.</summary>
    private protected virtual void ValidateStatusChange(T resource, T old, FieldErrorList errors)
    {
    }
}
