using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Rbac;

/// <summary>Rules for <see cref="Role"/>.</summary>
internal sealed class RoleStrategy : ResourceStrategy<Role>
{
    protected override bool RequiresKnownFinalizers => true;

    protected override IEnumerable<string> CheckName(string name) => Names.CheckPathSegment(name);

    private protected override void KeepDesiredState(Role resource, Role old) => resource.Rules = old.Rules;

    private protected override void ValidateContent(Role resource, FieldErrorList errors) =>
        RbacValidation.ValidateRules(resource.Rules, isNamespaced: true, errors);
}
