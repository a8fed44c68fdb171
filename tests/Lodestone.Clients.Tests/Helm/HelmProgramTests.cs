using System.Diagnostics;
using System.Text.Json.Nodes;
using Lodestone.Clients.Tests.Http;

namespace Lodestone.Clients.Tests.Helm;

/// <summary>Helm itself: a chart of our kinds and Kubernetes' own is installed, upgraded, rolled back and removed.</summary>
public sealed class HelmProgramTests(ServerFixture server) : IDisposable
{
    private readonly RawClient _client = new(server.Kubeconfig);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Chart_InstallUpgradeRollbackUninstall()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string ns = (string)(await _client.ExpectAsync(201, "POST", "/api/v1/namespaces", """{"metadata":{"generateName":"helm-"}}"""))["metadata"]!["name"]!;
        string chart = Directory.CreateDirectory(Path.Combine(server.Scratch, ns)).FullName;
        Directory.CreateDirectory(Path.Combine(chart, "templates"));
        await File.WriteAllTextAsync(Path.Combine(chart, "Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.0.0\n", stop);
        await File.WriteAllTextAsync(Path.Combine(chart, "values.yaml"), "port: 80\n", stop);
        await File.WriteAllTextAsync(Path.Combine(chart, "templates", "all.yaml"), """
            apiVersion: networking.ironcore.dev/v1alpha1
            kind: LoadBalancer
            metadata:
              name: {{ .Release.Name }}
            spec:
              type: Public
              ipFamilies: [IPv4]
              networkRef:
                name: net
              ports:
              - protocol: TCP
                port: {{ .Values.port }}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: {{ .Release.Name }}
            data:
              port: {{ .Values.port | quote }}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: {{ .Release.Name }}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: {{ .Release.Name }}
            rules:
            - apiGroups: [""]
              resources: [configmaps]
              verbs: [get]
            """, stop);
        string lb = $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{ns}/loadbalancers/web";

        string installed = await HelmAsync(ns, "install", "web", chart, "--wait", "--timeout", "60s");
        Assert.Equal(80, Port(await _client.ExpectAsync(200, "GET", lb)));
        await HelmAsync(ns, "upgrade", "web", chart, "--set", "port=8443");
        Assert.Equal(8443, Port(await _client.ExpectAsync(200, "GET", lb)));
        Assert.Equal("8443", (string?)(await _client.ExpectAsync(200, "GET", $"/api/v1/namespaces/{ns}/configmaps/web"))["data"]!["port"]);
        await HelmAsync(ns, "rollback", "web", "1");
        Assert.Equal(80, Port(await _client.ExpectAsync(200, "GET", lb)));
        JsonNode releases = JsonNode.Parse(await HelmAsync(ns, "list", "-o", "json"))!;
        string history = await HelmAsync(ns, "history", "web");
        string manifest = await HelmAsync(ns, "get", "manifest", "web");
        await HelmAsync(ns, "uninstall", "web", "--wait", "--timeout", "60s");

        Assert.Contains("STATUS: deployed", installed, StringComparison.Ordinal);
        Assert.Equal("3", (string?)releases[0]!["revision"]);
        Assert.Contains("Rollback to 1", history, StringComparison.Ordinal);
        Assert.Contains("kind: LoadBalancer", manifest, StringComparison.Ordinal);
        await _client.ExpectAsync(404, "GET", lb);
        await _client.ExpectAsync(404, "GET", $"/api/v1/namespaces/{ns}/serviceaccounts/web");
        Assert.Equal("[]", (await HelmAsync(ns, "list", "-o", "json")).Trim());
    }

    private static int Port(JsonNode lb) => (int)lb["spec"]!["ports"]![0]!["port"]!;

    private async Task<string> HelmAsync(string ns, params string[] arguments)
    {
        var start = new ProcessStartInfo("helm", [.. arguments, "--namespace", ns])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["KUBECONFIG"] = server.Kubeconfig,
                ["HELM_CACHE_HOME"] = Path.Combine(server.Scratch, "helm-cache"),
                ["HELM_CONFIG_HOME"] = Path.Combine(server.Scratch, "helm-config"),
                ["HELM_DATA_HOME"] = Path.Combine(server.Scratch, "helm-data"),
            },
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("no helm on PATH; eng/kubernetes-clients gets one");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"helm {string.Join(' ', arguments)}: exit {process.ExitCode}\n{await output}\n{await errors}");
        return await output;
    }
}
