using System.Diagnostics;
using System.Text.Json.Nodes;
using Lodestone.Aggregation.Tests.Support;

namespace Lodestone.Aggregation.Tests.Kubectl;

/// <summary>What a person does at a terminal, with the oldest and the newest kubectl, through the real kube-apiserver.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class KubectlThroughAggregatorTests(AggregatedFixture servers)
{
    public static TheoryData<string> Versions { get; } = [.. new[] { Support.Kubectl.Versions[0], Support.Kubectl.Versions[^1] }.Distinct()];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Discovery_OurKinds_AreThereWithoutErrors(string program)
    {
        (int code, string resources, string errors) = await servers.Kubectl.TryRunAsync("api-resources", program: program);

        Assert.True(code == 0 && errors.Length == 0, errors);
        Assert.Matches(@"loadbalancers\s+lb\s+networking.ironcore.dev/v1alpha1\s+true\s+LoadBalancer", resources);
        Assert.Matches(@"prefixes\s+.*ipam.ironcore.dev/v1alpha1\s+true\s+Prefix", resources);
        Assert.Matches(@"hosts\s+lodestone.dev/v1alpha1\s+false\s+Host", resources);
        Assert.DoesNotMatch(@"configmaps .*\n(.*\n)*configmaps ", resources);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Apply_CreatedThenUnchangedThenConfigured_AsAlways(string program)
    {
        string ns = await servers.NamespaceAsync();
        Task<string> RunAsync(string arguments, string? stdin = null) => servers.Kubectl.RunAsync($"-n {ns} {arguments}", stdin, program: program);

        Assert.Contains("web created", await RunAsync("apply -f -", AggregatedFixture.LoadBalancer("web")), StringComparison.Ordinal);
        Assert.Contains("web unchanged", await RunAsync("apply -f -", AggregatedFixture.LoadBalancer("web")), StringComparison.Ordinal);
        (int code, string difference, _) = await servers.Kubectl.TryRunAsync($"-n {ns} diff -f -", AggregatedFixture.LoadBalancer("web", port: 81), program: program);
        Assert.Equal(1, code);
        Assert.Contains("+  - port: 81", difference, StringComparison.Ordinal);
        Assert.Contains("web configured", await RunAsync("apply -f -", AggregatedFixture.LoadBalancer("web", port: 81)), StringComparison.Ordinal);
        Assert.Equal("81", await RunAsync("get lb web -o jsonpath={.spec.ports[0].port}"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ServerSideApply_OfTwoManagers_ConflictsAndIsForced(string program)
    {
        string ns = await servers.NamespaceAsync();
        string Manifest(int port) => AggregatedFixture.LoadBalancer("web", port);
        Task<string> RunAsync(string arguments, string? stdin = null) => servers.Kubectl.RunAsync($"-n {ns} {arguments}", stdin, program: program);

        Assert.Contains("serverside-applied", await RunAsync("apply --server-side --field-manager=one -f -", Manifest(80)), StringComparison.Ordinal);
        (int code, _, string errors) = await servers.Kubectl.TryRunAsync($"-n {ns} apply --server-side --field-manager=two -f -", Manifest(81), program: program);
        Assert.NotEqual(0, code);
        Assert.Contains("conflict with \"one\"", errors, StringComparison.Ordinal);
        await RunAsync("apply --server-side --field-manager=two --force-conflicts -f -", Manifest(81));

        Assert.Equal("81", await RunAsync("get lb web -o jsonpath={.spec.ports[0].port}"));
        Assert.Contains("two", await RunAsync("get lb web -o jsonpath={.metadata.managedFields[*].manager} --show-managed-fields"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Explain_KindAndField_ReadsTheMergedOpenApi(string program)
    {
        Assert.Contains("ipFamilies", await servers.Kubectl.RunAsync("explain lb.spec", program: program), StringComparison.Ordinal);
        Assert.Contains("The port to let through", await servers.Kubectl.RunAsync("explain lb.spec.ports.port", program: program), StringComparison.Ordinal);
        Assert.Contains("labels", await servers.Kubectl.RunAsync("explain prefix --recursive", program: program), StringComparison.Ordinal);

        // Ours did not get in the way of what was there.
        Assert.Contains("nodeName", await servers.Kubectl.RunAsync("explain pod.spec", program: program), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Change_ByEveryCommand_IsStored(string program)
    {
        string ns = await servers.NamespaceAsync();
        Task<string> RunAsync(string arguments, string? stdin = null, string? editor = null) => servers.Kubectl.RunAsync($"-n {ns} {arguments}", stdin, editor, program);
        await RunAsync("create -f -", AggregatedFixture.LoadBalancer("web"));

        await RunAsync("label lb web tier=front");
        await RunAsync("annotate lb web note=hello");
        await RunAsync("patch lb web --type=json -p [{\"op\":\"replace\",\"path\":\"/spec/ports/0/port\",\"value\":8080}]");
        await RunAsync("edit lb web", editor: "sed -i s/8080/8081/");
        await RunAsync("patch lb web --subresource=status --type=merge -p {\"status\":{\"ips\":[\"203.0.113.7\"]}}");

        JsonNode lb = AggregatedFixture.Json(await RunAsync("get lb web -o json"));
        Assert.Equal("front", (string)lb["metadata"]!["labels"]!["tier"]!);
        Assert.Equal("hello", (string)lb["metadata"]!["annotations"]!["note"]!);
        Assert.Equal(8081, (int)lb["spec"]!["ports"]![0]!["port"]!);
        Assert.Matches(@"NAME\s+IPS\s+AGE\s+web\s+203\.0\.113\.7\s+\d+s", await RunAsync("get lb -l tier=front"));
        lb["spec"]!["ports"]![0]!["port"] = 8082;
        Assert.Contains("replaced", await RunAsync("replace -f -", lb.ToJsonString()), StringComparison.Ordinal);
        Assert.Matches(@"Port:\s+8082", await RunAsync("describe lb web"));
        Assert.Contains("\"web\" deleted", await RunAsync("delete lb --all"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WatchAndWait_OfChanges_SeeThem(string program)
    {
        string ns = await servers.NamespaceAsync();
        Task<string> RunAsync(string arguments, string? stdin = null) => servers.Kubectl.RunAsync($"-n {ns} {arguments}", stdin, program: program);
        await RunAsync("create -f -", AggregatedFixture.LoadBalancer("first"));
        using Process watch = servers.Kubectl.Start($"-n {ns} get lb -w", program: program);
        try
        {
            Assert.StartsWith("NAME", await LineAsync(watch), StringComparison.Ordinal);
            Assert.StartsWith("first", await LineAsync(watch), StringComparison.Ordinal);
            await RunAsync("create -f -", AggregatedFixture.LoadBalancer("second"));
            Assert.StartsWith("second", await LineAsync(watch), StringComparison.Ordinal);
        }
        finally
        {
            watch.Kill(entireProcessTree: true);
        }

        Task<string> forStatus = RunAsync("wait lb/first --for=jsonpath={.status.ips[0]}=203.0.113.8 --timeout=30s");
        await RunAsync("patch lb first --subresource=status --type=merge -p {\"status\":{\"ips\":[\"203.0.113.8\"]}}");
        Assert.Contains("condition met", await forStatus, StringComparison.Ordinal);
        Task<string> forDeletion = RunAsync("wait lb/first --for=delete --timeout=30s");
        await RunAsync("delete lb first");
        await forDeletion;
    }

    [Fact]
    public async Task Create_BadObject_SaysEveryProblem()
    {
        string ns = await servers.NamespaceAsync();

        string errors = await servers.Kubectl.FailAsync($"-n {ns} create -f -", AggregatedFixture.LoadBalancer("web", port: 70000).Replace("Public", "Secret", StringComparison.Ordinal));

        Assert.Contains("* spec.type: Unsupported value: \"Secret\": supported values: \"Internal\", \"Public\"", errors, StringComparison.Ordinal);
        Assert.Contains("* spec.ports[0].port: Invalid value: 70000", errors, StringComparison.Ordinal);
    }

    private static async Task<string> LineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30)) ?? "";
}
