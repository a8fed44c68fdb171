namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary><c>kubectl auth</c>, <c>--as</c>, and tokens, with each version of kubectl.</summary>
public sealed class KubectlAuthTests(KubectlFixture kubectl) : IClassFixture<KubectlFixture>
{
    public static TheoryData<string> Versions { get; } = [.. KubectlFixture.Versions];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task CanI_AnswersForMeAndOthers(string program)
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} create rolebinding viewers --clusterrole=view --group=devs", program: program);

        Assert.Equal("yes", await CanIAsync("*", "*"));
        Assert.Equal("yes", await CanIAsync("get", "lb", "--as=jane", "--as-group=devs", "--as-group=ops"));
        Assert.Equal("yes", await CanIAsync("get", "lb/a", "--as=jane", "--as-group=devs", "--subresource=status"));
        Assert.Equal("no", await CanIAsync("update", "lb", "--as=jane", "--as-group=devs", "--subresource=status"));
        Assert.Equal("no", await CanIAsync("get", "secrets", "--as=jane", "--as-group=devs"));
        Assert.Equal("yes", await CanIAsync("get", "/version", "--as=jane"));
        Assert.Equal("no", await CanIAsync("get", "/metrics", "--as=jane"));

        async Task<string> CanIAsync(params string[] arguments) =>
            (await kubectl.TryRunAsync($"-n {ns} auth can-i {string.Join(' ', arguments)}", program: program)).Output.Split('\n')[0].Split(' ')[0];
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task CanIList_ShowsRules(string program)
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} create rolebinding viewers --clusterrole=view --user=jane", program: program);

        string listed = await kubectl.RunAsync($"-n {ns} auth can-i --list --as=jane", program: program);

        Assert.Matches(@"\*\.networking\.ironcore\.dev\s+\[\]\s+\[\]\s+\[get list watch\]", listed);
        Assert.Matches(@"selfsubjectreviews\.authentication\.k8s\.io\s+\[\]\s+\[\]\s+\[create\]", listed);
        Assert.Matches(@"\[/version\]\s+\[\]\s+\[get\]", listed);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WhoAmI_AndTokens(string program)
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} create serviceaccount robot", program: program);
        string token = (await kubectl.RunAsync($"-n {ns} create token robot --duration=10m", program: program)).Trim();
        await kubectl.RunAsync($"-n {ns} create rolebinding robot --clusterrole=view --serviceaccount={ns}:robot", program: program);

        Assert.Equal(3, token.Split('.').Length);
        Assert.Equal("lodestone:admin", await kubectl.RunAsync("auth whoami -o jsonpath={.status.userInfo.username}", program: program));
        Assert.Equal(
            $"system:serviceaccount:{ns}:robot",
            await kubectl.RunAsync($"auth whoami --as=system:serviceaccount:{ns}:robot -o jsonpath={{.status.userInfo.username}}", program: program));
        (int code, _, string errors) = await kubectl.TryRunAsync($"-n {ns} create token robot --duration=1m", program: program);
        Assert.Equal(1, code);
        Assert.Contains("may not specify a duration less than 10 minutes", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await kubectl.TryRunAsync($"-n {ns} get configmaps --as=system:serviceaccount:{ns}:robot", program: program)).Code);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Create_Review_IsAnswered(string program)
    {
        const string Review = """
            apiVersion: authorization.k8s.io/v1
            kind: SelfSubjectAccessReview
            spec: {resourceAttributes: {verb: get, resource: secrets}}
            """;

        Assert.Equal("true", await kubectl.RunAsync("create -f - -o jsonpath={.status.allowed}", Review, program: program));
        (int code, _, string errors) = await kubectl.TryRunAsync("create -f -", Review.Replace("verb:", "wherb:", StringComparison.Ordinal), program: program);

        Assert.Equal(1, code);
        Assert.Contains("wherb", errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Reconcile_CreatesAndCompletesRolesAndBindings(string program)
    {
        string ns = await kubectl.NamespaceAsync();
        string manifest = $$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: reader, namespace: {{ns}}}
            rules:
            - {apiGroups: [""], resources: [configmaps], verbs: [get]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: readers, namespace: {{ns}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
            subjects:
            - {apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}
            """;

        string created = await kubectl.RunAsync("auth reconcile -f -", manifest, program: program);
        string completed = await kubectl.RunAsync("auth reconcile -f -", manifest.Replace("[get]", "[get, list]", StringComparison.Ordinal), program: program);

        Assert.Contains("role.rbac.authorization.k8s.io/reader reconciled", created, StringComparison.Ordinal);
        Assert.Contains("rolebinding.rbac.authorization.k8s.io/readers reconciled", created, StringComparison.Ordinal);
        Assert.Contains("role.rbac.authorization.k8s.io/reader reconciled", completed, StringComparison.Ordinal);
        Assert.Equal(0, (await kubectl.TryRunAsync($"-n {ns} get configmaps --as=jane", program: program)).Code);
    }
}
