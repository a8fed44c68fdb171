namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>What a binding has put into the index, so that it can be taken out again.</summary>
/// <param name="RoleKey">Where its role stands.</param>
/// <param name="Role">Its role.</param>
/// <param name="Grants">A grant per subject.</param>
internal sealed record RbacBinding((string Namespace, string Name) RoleKey, RbacRole Role, IReadOnlyList<(bool IsGroup, string Subject, RbacGrant Grant)> Grants);
