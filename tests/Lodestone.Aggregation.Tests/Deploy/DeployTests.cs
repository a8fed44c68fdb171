using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Lodestone.Aggregation.Tests.Deploy;

/// <summary>What deploy/ installs is what <c>lodestone manifests</c> prints, by kustomize and by Helm.</summary>
public sealed class DeployTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("lodestone-deploy-");

    private static string Deploy { get; } = Path.Combine(DeployFiles.Root, "deploy");

    private static string Chart { get; } = Path.Combine(Deploy, "helm", "lodestone");

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public async Task Files_AreMadeFromTheManifests()
    {
        foreach ((string path, string text) in await DeployFiles.MakeAsync())
        {
            string file = Path.Combine(Deploy, path);
            if (Environment.GetEnvironmentVariable("LODESTONE_UPDATE_DOCS") == "1")
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            }

            Assert.True(
                File.Exists(file) && await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) == text,
                $"deploy/{path} is out of date: run this test with LODESTONE_UPDATE_DOCS=1 and commit what it writes");
        }
    }

    [Theory]
    [InlineData("base", false, false)]
    [InlineData("aggregated", false, false)]
    [InlineData("default", true, false)]
    [InlineData("monitoring", true, true)]
    public async Task Kustomize_Overlay_IsWhatTheManifestsSay(string overlay, bool withKinds, bool monitoring)
    {
        JsonObject[] built = YamlDocuments.Read(await DeployFiles.Kubectl(_home).RunAsync($"kustomize {Path.Combine(Deploy, "kustomize", overlay)}"));

        AssertSame(
            [.. withKinds ? await DeployFiles.ManifestsAsync("crds") : [], .. await PodsAsync(monitoring, "--image", DeployFiles.Image)],
            built);
    }

    [Fact]
    public async Task Helm_Lint_FindsNothing() =>
        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", await HelmAsync("lint", "--strict", Chart), StringComparison.Ordinal);

    [Fact]
    public async Task Kustomize_BgpComponent_IsWhatTheManifestsSay()
    {
        // As an administrator's own overlay has it, beside others.
        DirectoryInfo overlay = _home.CreateSubdirectory("kustomize");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Deploy, "kustomize"), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(overlay.FullName, Path.GetRelativePath(Path.Combine(Deploy, "kustomize"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        string ours = overlay.CreateSubdirectory("ours").FullName;
        await File.WriteAllTextAsync(
            Path.Combine(ours, "kustomization.yaml"),
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ../monitoring\ncomponents:\n  - ../bgp\n",
            TestContext.Current.CancellationToken);

        JsonObject[] built = YamlDocuments.Read(await DeployFiles.Kubectl(_home).RunAsync($"kustomize {ours}"));

        JsonObject daemons = (await DeployFiles.ManifestsAsync("agent", "--image", DeployFiles.Image, "--monitoring", "--bgp")).Single(o => (string?)o["kind"] == "DaemonSet");
        AssertSame([daemons], [.. built.Where(o => (string?)o["kind"] == "DaemonSet")]);
    }

    [Theory]
    [InlineData(false, "", false)]
    [InlineData(true, "eth1", false)]
    [InlineData(false, "", true)]
    public async Task Helm_Template_IsWhatTheManifestsSay(bool monitoring, string uplink, bool bgp)
    {
        JsonObject[] rendered = YamlDocuments.Read(await HelmAsync(
            "template", "lodestone", Chart, "--namespace", DeployFiles.SystemNamespace, "--include-crds",
            "--set-string", "image.tag=1", "--set", $"monitoring.enabled={(monitoring ? "true" : "false")},agent.uplink={uplink},agent.bgp={(bgp ? "true" : "false")},controller.replicas=3"));
        string[] options = ["--image", DeployFiles.Image, .. uplink.Length > 0 ? ["--uplink", uplink] : (string[])[], .. bgp ? ["--bgp"] : (string[])[]];
        JsonObject[] manifests = [.. await DeployFiles.ManifestsAsync("crds"), .. await PodsAsync(monitoring, [.. options, "--replicas", "3"])];

        // Helm makes the namespace itself, and knows when to pull an image.
        JsonObject secret = rendered.Single(o => (string?)o["kind"] == "Secret");
        foreach (JsonObject item in rendered)
        {
            item["spec"]?["template"]?["spec"]?["containers"]?[0]!.AsObject().Remove("imagePullPolicy");
        }

        AssertSame([.. manifests.Where(o => (string?)o["kind"] != "Namespace")], [.. rendered.Where(o => o != secret)]);
        Assert.Equal("lodestone-flow-hash", (string?)secret["metadata"]!["name"]);
        Assert.Matches("^[0-9a-f]{64}$", System.Text.Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]!["flow-hash.key"]!)));
    }

    [Fact]
    public async Task Helm_Values_AreChosen()
    {
        JsonObject[] rendered = YamlDocuments.Read(await HelmAsync(
            "template", "lodestone", Chart, "--namespace", "other",
            "--set", "flowHash.create=false,flowHash.secretName=mine,networkPolicy.enabled=false,controller.extraArgs={--verbose},controller.resources.limits.memory=1Gi",
            "--set", "agent.tolerations=null,imagePullSecrets[0].name=pull"));
        JsonNode controller = rendered.Single(o => (string?)o["kind"] == "Deployment")["spec"]!["template"]!["spec"]!;
        JsonNode agent = rendered.Single(o => (string?)o["kind"] == "DaemonSet")["spec"]!["template"]!["spec"]!;

        Assert.Equal("registry.example.org/lodestone:0.1.0", (string?)controller["containers"]![0]!["image"]);
        Assert.Equal("--verbose", (string?)controller["containers"]![0]!["args"]!.AsArray()[^1]);
        Assert.Equal("1Gi", (string?)controller["containers"]![0]!["resources"]!["limits"]!["memory"]);
        Assert.Equal("pull", (string?)controller["imagePullSecrets"]![0]!["name"]);
        Assert.Null(agent["tolerations"]);
        Assert.Equal("mine", (string?)agent["volumes"]!.AsArray().Single(v => v!["secret"] is not null)!["secret"]!["secretName"]);
        Assert.DoesNotContain(rendered, o => (string?)o["kind"] is "Secret" or "NetworkPolicy");
        Assert.Contains(rendered, o => (string?)o["kind"] == "Namespace" && (string?)o["metadata"]!["name"] == "lodestone-system");
        Assert.All(rendered.Where(o => (string?)o["kind"] == "ServiceAccount"), o => Assert.Equal("other", (string?)o["metadata"]!["namespace"]));
    }

    [Theory]
    [InlineData("controller.replicas=0", "replicas")]
    [InlineData("image.pullPolicy=Sometimes", "pullPolicy")]
    [InlineData("agents.enabled=true", "agents")]
    public async Task Helm_WrongValues_AreRefusedByTheSchema(string value, string named)
    {
        (int code, _, string errors) = await TryHelmAsync("template", "lodestone", Chart, "--set", value);

        Assert.NotEqual(0, code);
        Assert.Contains("values don't meet the specifications of the schema", errors, StringComparison.Ordinal);
        Assert.Contains(named, errors, StringComparison.Ordinal);
    }

    /// <summary>Controllers and agents, each object once.</summary>
    private static async Task<JsonObject[]> PodsAsync(bool monitoring, params string[] options)
    {
        string[] common = [.. options.Where((o, i) => o is not ("--uplink" or "--replicas" or "--bgp") && (i == 0 || options[i - 1] is not ("--uplink" or "--replicas"))), .. monitoring ? ["--monitoring"] : (string[])[]];
        string[] Of(string name) => Array.IndexOf(options, name) is >= 0 and int at ? [name, options[at + 1]] : [];
        JsonObject[] all =
        [
            .. await DeployFiles.ManifestsAsync(["controller", .. common, .. Of("--replicas")]),
            .. await DeployFiles.ManifestsAsync(["agent", .. common, .. Of("--uplink"), .. options.Where(o => o == "--bgp")]),
        ];
        return [.. all.DistinctBy(YamlDocuments.NameOf)];
    }

    private static void AssertSame(JsonObject[] expected, JsonObject[] actual)
    {
        Assert.Equal(expected.Select(YamlDocuments.NameOf).Order(StringComparer.Ordinal), actual.Select(YamlDocuments.NameOf).Order(StringComparer.Ordinal));
        foreach (JsonObject item in expected)
        {
            string name = YamlDocuments.NameOf(item);
            JsonObject other = actual.Single(o => YamlDocuments.NameOf(o) == name);
            Assert.True(JsonNode.DeepEquals(item, other), $"{name}:\nexpected {item.ToJsonString()}\nactual   {other.ToJsonString()}");
        }
    }

    private async Task<string> HelmAsync(params string[] arguments)
    {
        (int code, string output, string errors) = await TryHelmAsync(arguments);
        Assert.True(code == 0, $"helm {string.Join(' ', arguments)}: {code}\n{output}\n{errors}");
        return output;
    }

    private async Task<(int Code, string Output, string Errors)> TryHelmAsync(params string[] arguments)
    {
        string home = _home.FullName;
        var start = new ProcessStartInfo("helm", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HELM_CACHE_HOME"] = home, ["HELM_CONFIG_HOME"] = home, ["HELM_DATA_HOME"] = home },
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("no helm on PATH; eng/kubernetes-clients gets one");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }
}
