using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Lodestone.Aggregation.Tests.Support;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Aggregation.Tests.Lifecycle;

/// <summary><c>lodestone manifests all</c> against a real kube-apiserver 1.20, and the controllers with what is installed.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class InstallTests(AggregatedFixture servers)
{
    [Fact]
    public async Task ManifestsAll_ForItsVersion_AreTakenAndNoteWhatIsMissing()
    {
        (int code, string yaml, string notes) = await LodestoneCommand.RunAsync("manifests", "all", "--kubernetes", "1.20", "--image", "registry.example.org/lodestone:1", "--replicas", "3");

        Assert.True(code == 0, notes);
        Assert.Contains("lodestone: note: Kubernetes 1.20 knows no CEL rules", notes, StringComparison.Ordinal);
        Assert.Contains("# Note: Kubernetes 1.20 knows no CEL rules", yaml, StringComparison.Ordinal);
        string said = await servers.Kubectl.RunAsync("apply --dry-run=server -f -", yaml);
        Assert.Contains("customresourcedefinition.apiextensions.k8s.io/loadbalancers.networking.ironcore.dev created", said, StringComparison.Ordinal);
        Assert.Contains("deployment.apps/lodestone-controller created", said, StringComparison.Ordinal);
        Assert.Contains("daemonset.apps/lodestone-agent created", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManifestsCrds_ForANewerServer_AreRefusedWithReason()
    {
        (_, string yaml, string notes) = await LodestoneCommand.RunAsync("manifests", "crds");
        Assert.Equal("", notes);

        // A file: kubectl stops reading at the first refusal.
        string file = servers.In("newer-crds.yaml");
        await File.WriteAllTextAsync(file, yaml, TestContext.Current.CancellationToken);
        string errors = await servers.Kubectl.FailAsync($"apply --dry-run=server -f {file}");

        Assert.Contains("x-kubernetes-validations", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("controller")]
    [InlineData("agent")]
    public async Task Manifests_OfPods_LetThemDoNothingBeside(string what)
    {
        (int code, string json, string errors) = await LodestoneCommand.RunAsync("manifests", what, "-o", "json", "--namespace", "other");
        Assert.True(code == 0, errors);
        JsonNode[] items = [.. JsonNode.Parse(json)!["items"]!.AsArray().Select(i => i!)];
        JsonNode pod = items[^1]["spec"]!["template"]!["spec"]!;
        JsonNode security = pod["containers"]![0]!["securityContext"]!;

        Assert.True((bool)security["readOnlyRootFilesystem"]!);
        Assert.False((bool)security["allowPrivilegeEscalation"]!);
        Assert.Equal("""["ALL"]""", security["capabilities"]!["drop"]!.ToJsonString());
        Assert.Equal(what == "agent" ? """["BPF","NET_ADMIN","PERFMON","NET_RAW"]""" : null, security["capabilities"]!["add"]?.ToJsonString());
        Assert.Equal(what == "agent", pod["hostNetwork"] is not null);
        Assert.Equal("other", (string?)items.Single(i => (string?)i["kind"] == "ServiceAccount")["metadata"]!["namespace"]);
        Assert.Equal("lodestone-system", (string?)items.Single(i => (string?)i["kind"] == "RoleBinding")["metadata"]!["namespace"]);
        Assert.All(items.Where(i => i["subjects"] is not null), i => Assert.Equal("other", (string?)i["subjects"]![0]!["namespace"]));
    }

    [Fact]
    public async Task Controllers_TwoWithProbes_AreBothReadyAndOneLeads()
    {
        int firstPort = KubeApiServer.FreePort(), secondPort = KubeApiServer.FreePort();
        string kubeconfig = servers.Kube.WriteKubeconfig("probes.kubeconfig", "lodestone:controller", "lodestone:controllers");
        using Process first = LodestoneCommand.Start("controller", "--kubeconfig", kubeconfig, "--health-listen", $"127.0.0.1:{firstPort}");
        using Process second = LodestoneCommand.Start("controller", "--kubeconfig", kubeconfig, "--health-listen", $"127.0.0.1:{secondPort}");
        using var http = new HttpClient();
        try
        {
            string[] metrics = ["", ""];
            await AggregatedFixture.UntilAsync(async () => await IsReadyAsync(firstPort) && await IsReadyAsync(secondPort), "both are ready");
            await AggregatedFixture.UntilAsync(
                async () =>
                {
                    metrics = [await MetricsAsync(firstPort), await MetricsAsync(secondPort)];
                    return metrics.Count(m => m.Contains("leader_election_master_status{name=\"lodestone-controllers\"} 1\n", StringComparison.Ordinal)) == 1;
                },
                "one of them leads");

            string leader = metrics.Single(m => m.Contains("leader_election_master_status{name=\"lodestone-controllers\"} 1\n", StringComparison.Ordinal));
            Assert.Contains("# TYPE rest_client_requests_total counter\n", leader, StringComparison.Ordinal);
            Assert.Equal("ok", await http.GetStringAsync($"http://127.0.0.1:{firstPort}/livez", TestContext.Current.CancellationToken));
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"http://127.0.0.1:{firstPort}/other", TestContext.Current.CancellationToken)).StatusCode);
        }
        finally
        {
            foreach (Process process in (Process[])[first, second])
            {
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }

        async Task<bool> IsReadyAsync(int port)
        {
            try
            {
                return (await http.GetAsync($"http://127.0.0.1:{port}/readyz", TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
                return false;
            }
        }

        Task<string> MetricsAsync(int port) => http.GetStringAsync($"http://127.0.0.1:{port}/metrics", TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("--kubernetes '2.0' is not a version", "manifests", "crds", "--kubernetes", "2.0")]
    [InlineData("--replicas 0: at least one pod", "manifests", "controller", "--replicas", "0")]
    [InlineData("--health-listen 'x' is not HOST:PORT", "controller", "--kubeconfig", "none", "--health-listen", "x")]
    public async Task Options_ThatMakeNoSense_AreRefused(string message, params string[] arguments)
    {
        (int code, _, string errors) = await LodestoneCommand.RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }
}
