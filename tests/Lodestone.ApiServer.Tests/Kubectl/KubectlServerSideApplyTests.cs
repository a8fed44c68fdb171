using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary>Server-side apply by kubectl itself (facts 1.5 and 2.6).</summary>
public sealed class KubectlServerSideApplyTests(KubectlFixture kubectl) : IClassFixture<KubectlFixture>
{
    [Fact]
    public async Task Apply_CreatedThenSame_SaysServersideApplied()
    {
        string ns = await kubectl.NamespaceAsync();

        string created = await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web"));
        string version = await VersionAsync(ns);
        string again = await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web"));

        Assert.Equal("loadbalancer.networking.ironcore.dev/web serverside-applied\n", created);
        Assert.Equal(created, again);
        Assert.Equal(version, await VersionAsync(ns));
        Assert.Equal("kubectl Apply", await kubectl.RunAsync($"-n {ns} get lb web --show-managed-fields -o jsonpath={{.metadata.managedFields[0]['manager','operation']}}"));
    }

    [Fact]
    public async Task Get_Yaml_HidesManagedFieldsUnlessAsked()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web"));

        Assert.DoesNotContain("managedFields", await kubectl.RunAsync($"-n {ns} get lb web -o yaml"), StringComparison.Ordinal);
        Assert.Contains("f:networkRef: {}", await kubectl.RunAsync($"-n {ns} get lb web -o yaml --show-managed-fields"), StringComparison.Ordinal);
        Assert.Contains("web", await kubectl.RunAsync($"-n {ns} get lb"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_OthersField_ShowsConflictAndForceWins()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply --server-side --field-manager=alice -f -", Samples.LoadBalancer("web"));

        (int code, _, string errors) = await kubectl.TryRunAsync($"-n {ns} apply --server-side --field-manager=bob -f -", Samples.LoadBalancer("web", port: 81));
        string forced = await kubectl.RunAsync($"-n {ns} apply --server-side --field-manager=bob --force-conflicts -f -", Samples.LoadBalancer("web", port: 81));

        Assert.Equal(1, code);
        Assert.Contains("error: Apply failed with 1 conflict: conflict with \"alice\": .spec.ports\n", errors, StringComparison.Ordinal);
        Assert.Contains("Please review the fields above--they currently have other managers.", errors, StringComparison.Ordinal);
        Assert.Contains("serverside-applied", forced, StringComparison.Ordinal);
        Assert.Equal("81", await kubectl.RunAsync($"-n {ns} get lb web -o jsonpath={{.spec.ports[0].port}}"));
    }

    [Fact]
    public async Task Apply_LabelLeftOut_GoesWhileOthersStay()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web", """{"a":"1","b":"2"}"""));
        await kubectl.RunAsync($"-n {ns} label lb web c=3");

        await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web", """{"b":"2"}"""));

        Assert.Equal("""{"b":"2","c":"3"}""", await kubectl.RunAsync($"-n {ns} get lb web -o jsonpath={{.metadata.labels}}"));
    }

    [Fact]
    public async Task Diff_ServerSide_ShowsTheChangeAndChangesNothing()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web"));
        string version = await VersionAsync(ns);

        (int same, _, _) = await kubectl.TryRunAsync($"-n {ns} diff --server-side -f -", Samples.LoadBalancer("web"));
        (int changed, string output, _) = await kubectl.TryRunAsync($"-n {ns} diff --server-side -f -", Samples.LoadBalancer("web", port: 81));
        (int missing, string created, _) = await kubectl.TryRunAsync($"-n {ns} diff --server-side -f -", Samples.LoadBalancer("new"));

        Assert.Equal((0, 1, 1), (same, changed, missing));
        Assert.Contains("-  - port: 80", output, StringComparison.Ordinal);
        Assert.Contains("+  - port: 81", output, StringComparison.Ordinal);
        Assert.Contains("+  name: new", created, StringComparison.Ordinal);
        Assert.Equal(version, await VersionAsync(ns));
    }

    [Fact]
    public async Task Apply_AfterClientSideApply_TakesOverWithoutConflict()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web", """{"a":"1","b":"2"}"""));

        string output = await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web", """{"b":"3"}""", port: 81));
        var live = (JsonObject)JsonNode.Parse(await kubectl.RunAsync($"-n {ns} get lb web -o json --show-managed-fields"))!;

        Assert.Contains("serverside-applied", output, StringComparison.Ordinal);
        Assert.Equal("""{"b":"3"}""", live["metadata"]!["labels"]!.ToJsonString());
        Assert.Equal(81, (int)live["spec"]!["ports"]![0]!["port"]!);
        Assert.Contains("\"port\":81", (string)live["metadata"]!["annotations"]!["kubectl.kubernetes.io/last-applied-configuration"]!, StringComparison.Ordinal);
        Assert.DoesNotContain(live["metadata"]!["managedFields"]!.AsArray(), e => (string)e!["manager"]! == "kubectl-client-side-apply");
        Assert.Contains("port: 81", await kubectl.RunAsync($"-n {ns} apply view-last-applied lb web"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_ClientSideAfterServerSide_Works()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web"));

        string output = await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web", port: 82));

        Assert.Contains("loadbalancer.networking.ironcore.dev/web configured", output, StringComparison.Ordinal);
        Assert.Equal("82", await kubectl.RunAsync($"-n {ns} get lb web -o jsonpath={{.spec.ports[0].port}}"));
    }

    [Fact]
    public async Task Apply_UnknownField_IsRefusedByName()
    {
        string ns = await kubectl.NamespaceAsync();

        (int code, _, string errors) = await kubectl.TryRunAsync(
            $"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web").Replace("\"type\"", "\"typ\":1,\"type\"", StringComparison.Ordinal));

        Assert.Equal(1, code);
        Assert.Contains(".spec.typ: field not declared in schema", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_DryRunServer_StoresNothing()
    {
        string ns = await kubectl.NamespaceAsync();

        Assert.Contains(
            "web serverside-applied (server dry run)",
            await kubectl.RunAsync($"-n {ns} apply --server-side --dry-run=server -f -", Samples.LoadBalancer("web")),
            StringComparison.Ordinal);
        Assert.Equal(1, (await kubectl.TryRunAsync($"-n {ns} get lb web")).Code);
    }

    [Fact]
    public async Task Apply_Status_ThroughTheSubresource()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply --server-side -f -", Samples.LoadBalancer("web"));

        await kubectl.RunAsync(
            $"-n {ns} apply --server-side --subresource=status --field-manager=ctl -f -",
            """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"web"},"status":{"targets":3}}""");

        Assert.Equal(
            "3status",
            await kubectl.RunAsync($"-n {ns} get lb web --show-managed-fields -o jsonpath={{.status.targets}}{{.metadata.managedFields[?(@.manager==\"ctl\")].subresource}}"));
    }

    private Task<string> VersionAsync(string ns) => kubectl.RunAsync($"-n {ns} get lb web -o jsonpath={{.metadata.resourceVersion}}");
}
