using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Rbac;

/// <summary>Rules for <see cref="RoleBinding"/>.</summary>
internal sealed class RoleBindingStrategy : ResourceStrategy<RoleBinding>
{
    protected override bool RequiresKnownFinalizers => true;

    public override void Default(RoleBinding resource) => RbacValidation.Default(resource.Subjects, resource.RoleRef);

    protected override IEnumerable<string> CheckName(string name) => Names.CheckPathSegment(name);

    private protected override void KeepDesiredState(RoleBinding resource, RoleBinding old) =>
        (resource.Subjects, resource.RoleRef) = (old.Subjects, old.RoleRef);

    private protected override void ValidateContent(RoleBinding resource, FieldErrorList errors) =>
        RbacValidation.ValidateBinding(resource.Subjects, resource.RoleRef, isNamespaced: true, errors);

    private protected override void ValidateChange(RoleBinding resource, RoleBinding old, FieldErrorList errors) =>
        RbacValidation.ValidateSameRole(resource.RoleRef, old.RoleRef, errors);
}
