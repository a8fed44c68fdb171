using Lodestone.Api.Resources;

namespace Lodestone.Api.Rbac;

/// <summary>Tables of the kinds of <c>rbac.authorization.k8s.io</c>, as Kubernetes' own API server prints them.</summary>
internal static class RbacColumns
{
    private const int Wide = 1;

    /// <summary>Roles have no columns of their own.</summary>
    public static IReadOnlyList<PrinterColumn> Role { get; } = [PrinterColumn.ObjectName, PrinterColumn.CreatedAt];

    public static IReadOnlyList<PrinterColumn> RoleBinding { get; } = Binding<RoleBinding>(b => b.RoleRef, b => b.Subjects);

    public static IReadOnlyList<PrinterColumn> ClusterRoleBinding { get; } = Binding<ClusterRoleBinding>(b => b.RoleRef, b => b.Subjects);

    private static IReadOnlyList<PrinterColumn> Binding<T>(Func<T, RoleRef> role, Func<T, List<Subject>?> subjects)
        where T : Meta.KubernetesObject =>
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<T>("Role", "Kind and name of the role that is granted.", b => $"{role(b).Kind}/{role(b).Name}"),
        PrinterColumn.Age,
        PrinterColumn.Text<T>("Users", "Users in the binding.", b => Names(subjects(b), "User"), Wide),
        PrinterColumn.Text<T>("Groups", "Groups in the binding.", b => Names(subjects(b), "Group"), Wide),
        PrinterColumn.Text<T>("ServiceAccounts", "ServiceAccounts in the binding.", b => Names(subjects(b), "ServiceAccount"), Wide),
    ];

    private static string Names(List<Subject>? subjects, string kind) =>
        string.Join(", ", (subjects ?? []).Where(s => s.Kind == kind).Select(s => kind == "ServiceAccount" ? $"{s.Namespace}/{s.Name}" : s.Name));
}
