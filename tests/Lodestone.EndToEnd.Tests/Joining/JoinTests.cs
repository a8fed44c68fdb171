using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

using Lodestone.Api.BuiltIn;
using Lodestone.Api.Certificates;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Certificates;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Packaging;

namespace Lodestone.EndToEnd.Tests.Joining;

/// <summary>A machine joins with a token, its agent runs and outlives its certificate, since it has another by then.</summary>
[Collection(MachineCollection.Name)]
public sealed class JoinTests
{
    private const string CertificateLife = "16s";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Join_AgentOutlivesItsCertificate_AndAnEndedTokenIsRefused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes network namespaces and attaches programs");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, limit.Token, LodestoneProcess.Executable);
        await environment.StartServerAsync(limit.Token, "--agent-certificate-duration", CertificateLife);
        using ApiClient api = environment.ConnectApi();
        NetworkLab lab = environment.Lab;

        // 1. The administrator makes a token where the server is, the machine joins with what is printed.
        LodestoneResult made = await RunAsync(lab.HostA, "token", "create", "--kubeconfig", environment.Paths.Kubeconfig, "--server", $"{environment.ServerUrl}", "-o", "json");
        Assert.True(made.ExitCode == 0, made.Error);
        JsonNode token = JsonNode.Parse(made.Output)!;
        string[] join = [.. ((string)token["joinCommand"]!).Split(' ')[1..], "--host-name", lab.HostB.Name, "--data-dir", $"{environment.Paths.Directory}/b"];
        LodestoneResult joined = await RunAsync(lab.HostB, [.. join, "--kubeconfig", environment.Paths.AgentKubeconfig]);
        Assert.True(joined.ExitCode == 0, joined.Error);
        Assert.Equal(
            await File.ReadAllTextAsync($"{environment.Paths.Directory}/flow-hash.key", limit.Token), await File.ReadAllTextAsync($"{environment.Paths.Directory}/b/flow-hash.key", limit.Token));

        // 2. The agent runs with it, with no more capabilities than its unit gives it, until after it has ended.
        DateTime firstEnds = EndOf(environment.Paths.AgentKubeconfig);
        await using LodestoneProcess agent = LodestoneProcess.Start(
            ["nsenter", $"--net=/run/netns/{lab.HostB.Namespace.Name}", "setpriv", $"--bounding-set=-all,{CapabilitiesOfTheUnit()}", "--inh-caps=-all", "--no-new-privs", "--"],
            ["agent", "--kubeconfig", environment.Paths.AgentKubeconfig, .. environment.AgentOptions(lab.HostB), "--role", "hypervisor"]);
        await agent.WaitForLineAsync("ready", Limit);
        Host host = await UntilAsync(
            () => api.TryGetAsync<Host>(new ObjectKey("", lab.HostB.Name), limit.Token),
            h => h?.Status?.Conditions?.Find(c => c.Type == "CertificateRenewed") is { Status: "True" } && TimeProvider.System.GetUtcNow().UtcDateTime > firstEnds.AddSeconds(1),
            "the first certificate to end",
            limit.Token);
        Assert.True(EndOf(environment.Paths.AgentKubeconfig) > firstEnds);
        Assert.Equal("True", host.Status!.Conditions!.Find(c => c.Type == "Ready")!.Status);
        Assert.True(File.ReadLines(environment.Paths.AgentKubeconfig).First() == AgentKubeConfig.Marker);

        // 3. It still hears of changes, and may write.
        await new ManifestApplier(lab, environment.Paths, api).ApplyAsync(DemoSamples.First, limit.Token);
        await UntilAsync(
            async () => (await api.ListAsync<NetworkInterface>(new ListOptions { Namespace = "default" }, limit.Token)).ToArray(),
            nics => nics!.Any(n => n.Status?.State == "Available" && n.Spec.ProviderID?.Contains(lab.HostB.Name, StringComparison.Ordinal) == true),
            "a NIC of host-b to be bound by its agent",
            limit.Token);
        List<CertificateSigningRequest> requests = await api.ListAsync<CertificateSigningRequest>(new ListOptions(), limit.Token);
        Assert.Contains(requests, r => r.Spec.Username == $"{BootstrapToken.UserPrefix}{token["id"]}");
        Assert.Contains(requests, r => r.Spec.Username == AgentIdentity.UserOf(lab.HostB.Name) && r.Status?.Certificate is not null);

        // 4. The name of a host that lives is taken; and a token that has ended is none.
        LodestoneResult taken = await RunAsync(lab.HostB, [.. join]);
        Assert.Equal(1, taken.ExitCode);
        Assert.Contains("has an agent that heartbeats", taken.Error, StringComparison.Ordinal);
        var key = new ObjectKey(BootstrapToken.Namespace, $"{BootstrapToken.SecretNamePrefix}{token["id"]}");
        await api.PatchAsync<Secret>(key, PatchType.Merge, """{"stringData":{"expiration":"2001-01-01T00:00:00Z"}}"""u8.ToArray(), limit.Token);
        LodestoneResult ended = await RunAsync(lab.HostB, [.. join]);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("does not know token", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain((string)token["token"]!, ended.Error, StringComparison.Ordinal);
    }

    private static Task<LodestoneResult> RunAsync(LabNode node, params string[] arguments) =>
        LodestoneProcess.RunAsync(["ip", "netns", "exec", node.Namespace.Name], arguments);

    private static string CapabilitiesOfTheUnit()
    {
        const string Setting = "CapabilityBoundingSet=CAP_";
        string line = File.ReadLines($"{DebianPackage.Repository}/deploy/systemd/lodestone-agent.service").Single(l => l.StartsWith(Setting, StringComparison.Ordinal));
        return string.Join(',', line[(Setting.Length - "CAP_".Length)..].Split(' ').Select(c => "+" + c["CAP_".Length..].ToLowerInvariant()));
    }

    private static DateTime EndOf(string kubeconfig)
    {
        using X509Certificate2 certificate = AgentKubeConfig.Certificate(kubeconfig);
        return certificate.NotAfter.ToUniversalTime();
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T?>> read, Func<T?, bool> isThere, string what, CancellationToken cancellationToken)
        where T : class
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Limit;)
        {
            T? value = await read();
            if (isThere(value))
            {
                return value!;
            }

            await Task.Delay(200, cancellationToken);
        }

        throw new TimeoutException($"waited {Limit.TotalSeconds} s for {what}");
    }
}
