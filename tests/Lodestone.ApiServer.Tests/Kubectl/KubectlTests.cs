using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary>What a person does at a terminal.</summary>
public sealed class KubectlTests(KubectlFixture kubectl) : IClassFixture<KubectlFixture>
{
    [Fact]
    public async Task Version_Server_IsTheMinorWeSpeak() =>
        Assert.Contains("Server Version: v1.32.", await kubectl.RunAsync("version"), StringComparison.Ordinal);

    [Fact]
    public async Task ApiResources_OurKinds_AreListedWithShortNames()
    {
        string output = await kubectl.RunAsync("api-resources");

        Assert.Matches(@"loadbalancers\s+lb\s+networking.ironcore.dev/v1alpha1\s+true\s+LoadBalancer", output);
        Assert.Matches(@"hosts\s+lodestone.dev/v1alpha1\s+false\s+Host", output);
    }

    [Fact]
    public async Task Apply_CreatedThenUnchangedThenConfigured_AsAlways()
    {
        string ns = await kubectl.NamespaceAsync();

        string created = await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web"));
        string unchanged = await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web"));
        string configured = await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web", port: 81));

        Assert.Contains("loadbalancer.networking.ironcore.dev/web created", created, StringComparison.Ordinal);
        Assert.Contains("loadbalancer.networking.ironcore.dev/web unchanged", unchanged, StringComparison.Ordinal);
        Assert.Contains("loadbalancer.networking.ironcore.dev/web configured", configured, StringComparison.Ordinal);
        Assert.Equal("81", await kubectl.RunAsync($"-n {ns} get lb web -o jsonpath={{.spec.ports[0].port}}"));
    }

    [Fact]
    public async Task Get_EveryForm_Prints()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web", """{"app":"web"}"""));
        await kubectl.RunAsync($"-n {ns} patch lb web --subresource=status --type=merge -p {{\"status\":{{\"ips\":[\"203.0.113.7\"]}}}}");

        Assert.Matches(@"NAME\s+IPS\s+AGE\s+web\s+203\.0\.113\.7\s+\d+s", await kubectl.RunAsync($"-n {ns} get lb"));
        Assert.Contains("Public", await kubectl.RunAsync($"-n {ns} get lb -o wide"), StringComparison.Ordinal);
        Assert.Contains("kind: LoadBalancer", await kubectl.RunAsync($"-n {ns} get loadbalancer web -o yaml"), StringComparison.Ordinal);
        Assert.Equal("web", (string)JsonNode.Parse(await kubectl.RunAsync($"-n {ns} get lb -l app=web -o json"))!["items"]![0]!["metadata"]!["name"]!);
        Assert.Contains(ns, await kubectl.RunAsync("get loadbalancers.networking.ironcore.dev -A"), StringComparison.Ordinal);
        Assert.Equal("loadbalancer.networking.ironcore.dev/web\n", await kubectl.RunAsync($"-n {ns} get lb -o name --field-selector metadata.name=web"));
    }

    [Fact]
    public async Task GetWatch_ObjectCreated_Appears()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("first"));
        using Process watch = kubectl.Start($"-n {ns} get lb -w");
        try
        {
            Assert.StartsWith("NAME", await LineAsync(watch), StringComparison.Ordinal);
            Assert.StartsWith("first", await LineAsync(watch), StringComparison.Ordinal);

            await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("second"));

            Assert.StartsWith("second", await LineAsync(watch), StringComparison.Ordinal);
        }
        finally
        {
            watch.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Describe_Object_ShowsItsFields()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web"));

        string output = await kubectl.RunAsync($"-n {ns} describe lb web");

        Assert.Matches(@"Name:\s+web", output);
        Assert.Matches(@"Events:\s+<none>", output);
    }

    [Fact]
    public async Task Change_ByEveryCommand_IsStored()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} create -f -", Samples.LoadBalancer("web"));

        await kubectl.RunAsync($"-n {ns} label lb web tier=front");
        await kubectl.RunAsync($"-n {ns} annotate lb web note=hello");
        await kubectl.RunAsync($"-n {ns} patch lb web --type=json -p [{{\"op\":\"replace\",\"path\":\"/spec/ports/0/port\",\"value\":8080}}]");
        await kubectl.RunAsync($"-n {ns} edit lb web", editor: "sed -i s/8080/8081/");

        JsonNode lb = JsonNode.Parse(await kubectl.RunAsync($"-n {ns} get lb web -o json"))!;
        Assert.Equal("front", (string)lb["metadata"]!["labels"]!["tier"]!);
        Assert.Equal("hello", (string)lb["metadata"]!["annotations"]!["note"]!);
        Assert.Equal(8081, (int)lb["spec"]!["ports"]![0]!["port"]!);
        lb["spec"]!["ports"]![0]!["port"] = 8082;
        Assert.Contains("replaced", await kubectl.RunAsync($"-n {ns} replace -f -", lb.ToJsonString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_ForStatusThenForDeletion_IsMet()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("web"));
        Task<string> forStatus = kubectl.RunAsync($"-n {ns} wait lb/web --for=jsonpath={{.status.ips[0]}}=203.0.113.8 --timeout=30s");
        await kubectl.RunAsync($"-n {ns} patch lb web --subresource=status --type=merge -p {{\"status\":{{\"ips\":[\"203.0.113.8\"]}}}}");
        Assert.Contains("condition met", await forStatus, StringComparison.Ordinal);

        Task<string> forDeletion = kubectl.RunAsync($"-n {ns} wait lb/web --for=delete --timeout=30s");
        await kubectl.RunAsync($"-n {ns} delete lb web");

        await forDeletion;
    }

    [Fact]
    public async Task Delete_NamespaceAndAll_IsGone()
    {
        string ns = await kubectl.NamespaceAsync();
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("a"));
        await kubectl.RunAsync($"-n {ns} apply -f -", Samples.LoadBalancer("b"));

        Assert.Contains("\"a\" deleted", await kubectl.RunAsync($"-n {ns} delete lb --all"), StringComparison.Ordinal);
        await kubectl.RunAsync($"delete ns {ns}");

        (int code, _, string errors) = await kubectl.TryRunAsync($"get ns {ns}");
        Assert.Equal(1, code);
        Assert.Contains("NotFound", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateAndDelete_Namespace_AsAlways()
    {
        string name = $"t-{Guid.NewGuid():N}";

        Assert.Equal($"namespace/{name} created\n", await kubectl.RunAsync($"create namespace {name}"));
        Assert.Equal("Active", await kubectl.RunAsync($"get ns {name} -o jsonpath={{.status.phase}}"));
        (int code, _, string errors) = await kubectl.TryRunAsync($"create namespace {name}");
        Assert.Equal(1, code);
        Assert.Contains("AlreadyExists", errors, StringComparison.Ordinal);
        Assert.Contains($"namespace \"{name}\" deleted", await kubectl.RunAsync($"delete namespace {name}"), StringComparison.Ordinal);

        (_, _, errors) = await kubectl.TryRunAsync($"get ns {name}");
        Assert.Contains("NotFound", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_KindAndField_Describes()
    {
        Assert.Contains("ipFamilies", await kubectl.RunAsync("explain lb.spec"), StringComparison.Ordinal);
        Assert.Contains("<[]LoadBalancerPort>", await kubectl.RunAsync("explain loadbalancer --recursive"), StringComparison.Ordinal);
        Assert.Contains("KIND:       Host", await kubectl.RunAsync("explain hosts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_BadObject_SaysEveryProblem()
    {
        string ns = await kubectl.NamespaceAsync();
        string manifest = Samples.LoadBalancer("web", port: 70000).Replace("Public", "Secret", StringComparison.Ordinal);

        (int code, _, string errors) = await kubectl.TryRunAsync($"-n {ns} create -f -", manifest);

        Assert.Equal(1, code);
        Assert.Contains("* spec.type: Unsupported value: \"Secret\": supported values: \"Internal\", \"Public\"", errors, StringComparison.Ordinal);
        Assert.Contains("* spec.ports[0].port: Invalid value: 70000", errors, StringComparison.Ordinal);
    }

    private static async Task<string> LineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30)) ?? "";
}
