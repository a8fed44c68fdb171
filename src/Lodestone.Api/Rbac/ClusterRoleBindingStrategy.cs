using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Rbac;

/// <summary>Rules for <see cref="ClusterRoleBinding"/>.</summary>
internal sealed class ClusterRoleBindingStrategy : ResourceStrategy<ClusterRoleBinding>
{
    protected override bool IsNamespaced => false;

    protected override bool RequiresKnownFinalizers => true;

    public override void Default(ClusterRoleBinding resource) => RbacValidation.Default(resource.Subjects, resource.RoleRef);

    protected override IEnumerable<string> CheckName(string name) => Names.CheckPathSegment(name);

    private protected override void KeepDesiredState(ClusterRoleBinding resource, ClusterRoleBinding old) =>
        (resource.Subjects, resource.RoleRef) = (old.Subjects, old.RoleRef);

    private protected override void ValidateContent(ClusterRoleBinding resource, FieldErrorList errors) =>
        RbacValidation.ValidateBinding(resource.Subjects, resource.RoleRef, isNamespaced: false, errors);

    private protected override void ValidateChange(ClusterRoleBinding resource, ClusterRoleBinding old, FieldErrorList errors) =>
        RbacValidation.ValidateSameRole(resource.RoleRef, old.RoleRef, errors);
}
