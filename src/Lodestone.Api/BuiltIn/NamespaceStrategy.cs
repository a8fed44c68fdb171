using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="Namespace"/>.</summary>
internal sealed class NamespaceStrategy : ResourceStrategy<Namespace>
{
    private const string ContentFinalizer = "kubernetes";

    protected override bool IsNamespaced => false;

    protected override bool RequiresKnownFinalizers => true;

    public override void PrepareForCreate(Namespace resource, ICollection<string> warnings)
    {
        resource.Status = new NamespaceStatus { Phase = "Active" };
        resource.Spec ??= new NamespaceSpec();
        resource.Spec.Finalizers ??= [];
        if (!resource.Spec.Finalizers.Contains(ContentFinalizer))
        {
            resource.Spec.Finalizers.Add(ContentFinalizer);
        }
    }

    public override void PrepareForUpdate(Namespace resource, Namespace old, ICollection<string> warnings)
    {
        // Finalizers of the spec change only when the content is gone.
        resource.Spec = old.Spec;
        resource.Status = old.Status;
    }

    protected override IEnumerable<string> CheckName(string name) => Names.CheckDnsLabel(name);

    private protected override void KeepDesiredState(Namespace resource, Namespace old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(Namespace resource, FieldErrorList errors)
    {
        for (int i = 0; i < resource.Spec?.Finalizers?.Count; i++)
        {
            string finalizer = resource.Spec.Finalizers[i];
            errors.Invalid(FieldPath.Spec.Child("finalizers").Index(i), finalizer, Names.CheckQualifiedName(finalizer));
        }

        MetadataValidation.ValidateFinalizersKnown(resource.Spec?.Finalizers, FieldPath.Spec.Child("finalizers"), errors);
    }

    private protected override void ValidateStatusChange(Namespace resource, Namespace old, FieldErrorList errors)
    {
        string phase = resource.Status?.Phase ?? "";
        string expected = resource.IsBeingDeleted ? "Terminating" : "Active";
        if (phase != expected)
        {
            errors.Invalid(
                FieldPath.Status.Child("Phase"),
                phase,
                $"may only be '{expected}' if `deletionTimestamp` is {(resource.IsBeingDeleted ? "not empty" : "empty")}");
        }
    }
}
