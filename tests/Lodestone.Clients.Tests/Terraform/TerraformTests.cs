using System.Diagnostics;
using System.Text.Json.Nodes;
using Lodestone.Clients.Tests.Http;

namespace Lodestone.Clients.Tests.Terraform;

/// <summary>Terraform's state in Secrets and its locks in Leases, and what its provider sends to plan and apply a manifest.</summary>
public sealed class TerraformTests(ServerFixture server) : IDisposable
{
    private const string Lbs = "/apis/networking.ironcore.dev/v1alpha1/namespaces";
    private readonly RawClient _client = new(server.Kubeconfig);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Backend_InitApplyChangeDestroy_KeepsStateAndReleasesTheLock()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, "terraform"))))
        {
            Assert.Skip("terraform is not on PATH, and Debian has no package of it");
        }

        string ns = await NamespaceAsync();
        string directory = Directory.CreateDirectory(Path.Combine(server.Scratch, ns)).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "main.tf"), $$"""
            terraform {
              backend "kubernetes" {
                secret_suffix = "shop"
                namespace     = "{{ns}}"
                config_path   = "{{server.Kubeconfig}}"
              }
            }
            variable "answer" { default = "one" }
            resource "terraform_data" "x" { input = var.answer }
            """, TestContext.Current.CancellationToken);

        await RunAsync(directory, "init", "-input=false", "-no-color");
        await RunAsync(directory, "apply", "-auto-approve", "-input=false", "-no-color");
        await RunAsync(directory, "apply", "-auto-approve", "-input=false", "-no-color", "-var", "answer=two");
        string state = await RunAsync(directory, "state", "pull");

        Assert.Contains("\"two\"", state, StringComparison.Ordinal);
        JsonNode secret = await _client.ExpectAsync(200, "GET", $"/api/v1/namespaces/{ns}/secrets/tfstate-default-shop");
        Assert.Equal("true", (string?)secret["metadata"]!["labels"]!["tfstate"]);
        JsonNode lease = await _client.ExpectAsync(200, "GET", $"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/lock-tfstate-default-shop");
        Assert.True(string.IsNullOrEmpty((string?)lease["spec"]!["holderIdentity"]), lease.ToJsonString());

        await RunAsync(directory, "destroy", "-auto-approve", "-input=false", "-no-color");
    }

    /// <summary>The provider's <c>kubernetes_manifest</c>: types from OpenAPI v2, plan by an apply that is not stored, apply with a field manager of its own, then a read.</summary>
    [Fact]
    public async Task Manifest_PlanThenApplyThenDrift_AsItsProviderSends()
    {
        string ns = await NamespaceAsync();
        string lb = $"{Lbs}/{ns}/loadbalancers/web";
        JsonNode types = await _client.ExpectAsync(200, "GET", "/openapi/v2");
        Assert.Contains(types["definitions"]!.AsObject(), d => d.Value!["x-kubernetes-group-version-kind"] is JsonArray kinds
            && kinds.Any(k => (string?)k!["kind"] == "LoadBalancer" && (string?)k["group"] == "networking.ironcore.dev"));

        JsonNode planned = await _client.ExpectAsync(201, "PATCH", lb + "?dryRun=All&fieldManager=Terraform&force=false", ServerFixture.LoadBalancer("web"), "application/apply-patch+yaml");
        await _client.ExpectAsync(404, "GET", lb);
        JsonNode applied = await _client.ExpectAsync(201, "PATCH", lb + "?fieldManager=Terraform&force=false", ServerFixture.LoadBalancer("web"), "application/apply-patch+yaml");
        Assert.Equal(planned["spec"]!.ToJsonString(), applied["spec"]!.ToJsonString());
        Assert.Equal("Terraform", (string?)applied["metadata"]!["managedFields"]![0]!["manager"]);

        await _client.ExpectAsync(200, "PATCH", lb + "?fieldManager=kubectl-edit", """{"spec":{"ports":[{"protocol":"TCP","port":8443}]}}""", "application/merge-patch+json");
        JsonNode conflict = await _client.ExpectAsync(409, "PATCH", lb + "?dryRun=All&fieldManager=Terraform&force=false", ServerFixture.LoadBalancer("web"), "application/apply-patch+yaml");
        Assert.Equal("FieldManagerConflict", (string?)conflict["details"]!["causes"]![0]!["reason"]);
        await _client.ExpectAsync(200, "PATCH", lb + "?fieldManager=Terraform&force=true", ServerFixture.LoadBalancer("web"), "application/apply-patch+yaml");
    }

    private static async Task<string> RunAsync(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("terraform", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["CHECKPOINT_DISABLE"] = "1" },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"terraform {string.Join(' ', arguments)}: exit {process.ExitCode}\n{await output}\n{await errors}");
        return await output;
    }

    private async Task<string> NamespaceAsync() =>
        (string)(await _client.ExpectAsync(201, "POST", "/api/v1/namespaces", """{"metadata":{"generateName":"terraform-"}}"""))["metadata"]!["name"]!;
}
