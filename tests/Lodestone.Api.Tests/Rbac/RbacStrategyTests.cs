using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Api.Tests.Rbac;

/// <summary>The messages are those of Kubernetes 1.32.</summary>
public class RbacStrategyTests
{
    private const string Group = "rbac.authorization.k8s.io";

    [Theory]
    [InlineData("rules: []")]
    [InlineData("rules: [{verbs: [get], apiGroups: [''], resources: [pods]}]")]
    [InlineData("rules: [{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]")]
    [InlineData("rules: [{verbs: [get], apiGroups: [''], resources: [pods], resourceNames: [a, b]}]")]
    [InlineData("rules: [{apiGroups: [''], resources: [pods]}]", "rules[0].verbs: Required value: verbs must contain at least one value")]
    [InlineData("rules: [{verbs: [get], resources: [pods]}]", "rules[0].apiGroups: Required value: resource rules must supply at least one api group")]
    [InlineData("rules: [{verbs: [get], apiGroups: ['']}]", "rules[0].resources: Required value: resource rules must supply at least one resource")]
    [InlineData("rules: [{verbs: [get], apiGroups: [''], resources: [pods, secrets], resourceNames: [a]}]")]
    [InlineData(
        "rules: [{verbs: [get], nonResourceURLs: [/metrics, /x]}]",
        "rules[0].nonResourceURLs: Invalid value: []string{\"/metrics\", \"/x\"}: namespaced rules cannot apply to non-resource URLs")]
    public void ValidateRole_Rules_TellsEveryProblem(string rules, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<Role>($"metadata: {{name: a, namespace: n}}\n{rules}"));

    [Theory]
    [InlineData("rules: [{verbs: [get], nonResourceURLs: [/metrics]}]")]
    [InlineData("aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}")]
    [InlineData(
        "rules: [{verbs: [get], nonResourceURLs: [/metrics], apiGroups: ['']}]",
        "rules[0].nonResourceURLs: Invalid value: []string{\"/metrics\"}: rules cannot apply to both regular resources and non-resource URLs")]
    [InlineData(
        "aggregationRule: {}",
        "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil")]
    [InlineData(
        "aggregationRule: {clusterRoleSelectors: [{matchExpressions: [{key: a, operator: Is}]}]}",
        "aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator")]
    public void ValidateClusterRole_Rules_TellsEveryProblem(string rules, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<ClusterRole>($"metadata: {{name: 'system:a'}}\n{rules}"));

    [Theory]
    [InlineData("system:node-proxier")]
    [InlineData("A b")]
    [InlineData("..", "metadata.name: Invalid value: \"..\": may not be '..'")]
    [InlineData("a/b%", "metadata.name: Invalid value: \"a/b%\": may not contain '/'", "metadata.name: Invalid value: \"a/b%\": may not contain '%'")]
    public void ValidateClusterRole_Name_NeedOnlyFitAPath(string name, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<ClusterRole>($"metadata: {{name: '{name}'}}"));

    [Fact]
    public void Default_Groups_AreFilledIn()
    {
        RoleBinding binding = Document.Parse<RoleBinding>(
            "roleRef: {kind: Role, name: r}\nsubjects: [{kind: User, name: u}, {kind: Group, name: g}, {kind: ServiceAccount, name: s, apiGroup: ''}]");

        Assert.Equal(Group, binding.RoleRef.ApiGroup);
        Assert.Equal([Group, Group, null], binding.Subjects!.Select(s => s.ApiGroup));
    }

    [Theory]
    [InlineData("{kind: Role, name: r}", "[{kind: User, name: u}, {kind: ServiceAccount, name: s}]")]
    [InlineData("{kind: ClusterRole, name: 'system:r'}", "[]")]
    [InlineData("{kind: Role, name: r, apiGroup: x}", "[]", "roleRef.apiGroup: Unsupported value: \"x\": supported values: \"rbac.authorization.k8s.io\"")]
    [InlineData("{kind: Pod, name: r}", "[]", "roleRef.kind: Unsupported value: \"Pod\": supported values: \"Role\", \"ClusterRole\"")]
    [InlineData("{kind: Role, name: ''}", "[]", "roleRef.name: Required value")]
    [InlineData("{kind: Role, name: a/b}", "[]", "roleRef.name: Invalid value: \"a/b\": may not contain '/'")]
    [InlineData("{kind: Role, name: r}", "[{kind: User, name: ''}]", "subjects[0].name: Required value")]
    [InlineData("{kind: Role, name: r}", "[{kind: Group, name: g, apiGroup: v1}]", "subjects[0].apiGroup: Unsupported value: \"v1\": supported values: \"rbac.authorization.k8s.io\"")]
    [InlineData("{kind: Role, name: r}", "[{kind: ServiceAccount, name: s, apiGroup: v1}]", "subjects[0].apiGroup: Unsupported value: \"v1\": supported values: \"\"")]
    [InlineData("{kind: Role, name: r}", "[{kind: Pod, name: p}]", "subjects[0].kind: Unsupported value: \"Pod\": supported values: \"ServiceAccount\", \"User\", \"Group\"")]
    public void ValidateRoleBinding_Parts_TellsEveryProblem(string role, string subjects, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<RoleBinding>($"metadata: {{name: a, namespace: n}}\nroleRef: {role}\nsubjects: {subjects}"));

    [Theory]
    [InlineData("{kind: ClusterRole, name: r}", "[{kind: ServiceAccount, name: s, namespace: n}]")]
    [InlineData("{kind: Role, name: r}", "[]", "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"")]
    [InlineData("{kind: ClusterRole, name: r}", "[{kind: ServiceAccount, name: s}]", "subjects[0].namespace: Required value")]
    public void ValidateClusterRoleBinding_Parts_TellsEveryProblem(string role, string subjects, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<ClusterRoleBinding>($"metadata: {{name: a}}\nroleRef: {role}\nsubjects: {subjects}"));

    [Fact]
    public void ValidateUpdate_OtherRole_IsRefused() =>
        Assert.Equal(
            ["roleRef: Invalid value: rbac.RoleRef{APIGroup:\"rbac.authorization.k8s.io\", Kind:\"ClusterRole\", Name:\"b\"}: cannot change roleRef"],
            Document.UpdateErrors<RoleBinding>(
                "metadata: {name: a, namespace: n}\nroleRef: {kind: ClusterRole, name: b}",
                "metadata: {name: a, namespace: n}\nroleRef: {kind: ClusterRole, name: a}"));

    [Fact]
    public void Columns_Binding_NamesRoleAndSubjects()
    {
        RoleBinding binding = Document.Parse<RoleBinding>(
            "metadata: {name: b}\nroleRef: {kind: Role, name: r}\n"
            + "subjects: [{kind: User, name: u}, {kind: User, name: v}, {kind: Group, name: g}, {kind: ServiceAccount, name: s, namespace: n}]");

        object?[] cells = [.. ResourceDefinitions.RoleBinding.Columns.Select(c => c.Cell(binding, DateTimeOffset.UnixEpoch))];

        Assert.Equal(["b", "Role/r", "<unknown>", "u, v", "g", "n/s"], cells);
    }
}
