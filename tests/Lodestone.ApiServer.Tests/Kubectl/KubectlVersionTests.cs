namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary>What each version of kubectl does in its own way: discovery, and checks against OpenAPI v2 and v3.</summary>
public sealed class KubectlVersionTests(KubectlFixture kubectl) : IClassFixture<KubectlFixture>
{
    public static TheoryData<string> Versions { get; } = [.. KubectlFixture.Versions];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ApiResources_OurKinds_AreListedWithShortNames(string program)
    {
        string output = await kubectl.RunAsync("api-resources", program: program);

        Assert.Matches(@"loadbalancers\s+lb\s+networking.ironcore.dev/v1alpha1\s+true\s+LoadBalancer", output);
        Assert.Matches(@"hosts\s+lodestone.dev/v1alpha1\s+false\s+Host", output);
        Assert.Matches(@"namespaces\s+ns\s+v1\s+false\s+Namespace", output);
        Assert.Contains("networking.ironcore.dev/v1alpha1\n", await kubectl.RunAsync("api-versions", program: program), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task CreateAndApply_CheckedObject_IsStored(string program)
    {
        string ns = await kubectl.NamespaceAsync();

        await kubectl.RunAsync($"-n {ns} create -f -", Samples.LoadBalancer("created"), program: program);
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("applied"), program: program);
        string configured = await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("applied", port: 81), program: program);

        Assert.Contains("loadbalancer.networking.ironcore.dev/applied configured", configured, StringComparison.Ordinal);
        Assert.Equal("80 81", await kubectl.RunAsync($"-n {ns} get lb created applied -o jsonpath={{.items[*].spec.ports[0].port}}", program: program));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Create_UnknownField_IsRefusedByName(string program)
    {
        string ns = await kubectl.NamespaceAsync();
        string manifest = Samples.LoadBalancer("a").Replace("\"type\"", "\"tipe\"", StringComparison.Ordinal);

        (int code, _, string errors) = await kubectl.TryRunAsync($"-n {ns} create -f -", manifest, program: program);

        Assert.Equal(1, code);
        Assert.Contains("tipe", errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Explain_Kind_IsDescribedThroughAllLevels(string program)
    {
        Assert.Contains("<[]LoadBalancerPort>", await kubectl.RunAsync("explain loadbalancers --recursive", program: program), StringComparison.Ordinal);
        string old = await kubectl.RunAsync("explain lb.spec --output=plaintext-openapiv2", program: program);
        Assert.Contains("FIELDS:", old, StringComparison.Ordinal);
        Assert.Contains("ipFamilies", old, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_EveryKind_IsDescribedByOldestAndNewest()
    {
        foreach (string program in new[] { KubectlFixture.Versions[0], KubectlFixture.Versions[^1] })
        {
            string[] kinds = (await kubectl.RunAsync("api-resources -o name", program: program)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.NotEmpty(kinds);
            foreach (string kind in kinds)
            {
                string form = program == KubectlFixture.Versions[0] ? "--output=plaintext-openapiv2" : "--recursive";
                // kubectl takes the group for a field of the core kind of the same name, also with Kubernetes' own server.
                string what = kind == "events.events.k8s.io" ? "events --api-version=events.k8s.io/v1" : kind;
                Assert.Contains("FIELDS:", await kubectl.RunAsync($"explain {what} {form}", program: program), StringComparison.Ordinal);
            }
        }
    }
}
