using System.Net;
using System.Net.Sockets;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab.Traffic;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

namespace Lodestone.EndToEnd.Tests.Hosting;

/// <summary>What a controller and an agent say to probes while the API server is not there yet, is there, and is away. The server's own checks: Lodestone.ApiServer.Tests.</summary>
[Collection(MachineCollection.Name)]
public sealed class ReadinessTests
{
    private static readonly IPEndPoint AgentHealth = new(IPAddress.Loopback, 9474);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Controllers_ApiComesAndGoes_AreReadyFromWhenTheyWorkOrStandBy()
    {
        string directory = Directory.CreateTempSubdirectory("lodestone-ready-").FullName;
        try
        {
            int[] ports = FreePorts(3);
            string[] server = ["apiserver", "--data-dir", directory, "--listen", $"127.0.0.1:{ports[0]}"];
            string kubeconfig = Path.Combine(directory, "kubeconfig");
            await using (LodestoneProcess once = LodestoneProcess.Start(server))
            {
                await once.WaitForLineAsync("ready", TimeSpan.FromSeconds(60));
            }

            using var http = new HttpClient();
            await using LodestoneProcess first = LodestoneProcess.Start("controller", "--kubeconfig", kubeconfig, "--health-listen", $"127.0.0.1:{ports[1]}");
            await UntilAsync(http, ports[1], "livez", 200, "ok");
            await UntilAsync(http, ports[1], "readyz", 503, "controllers: Connecting\n");
            await UntilAsync(http, ports[1], "readyz?verbose", 503, "controllers: Connecting\n");

            await using (LodestoneProcess api = LodestoneProcess.Start(server))
            {
                await UntilAsync(http, ports[1], "readyz?verbose", 200, "ok");

                // Who waits for the Lease is as ready as it can be.
                await using LodestoneProcess second = LodestoneProcess.Start("controller", "--kubeconfig", kubeconfig, "--health-listen", $"127.0.0.1:{ports[2]}");
                await UntilAsync(http, ports[2], "readyz", 200, "ok");
            }

            // Whoever starts it again only because the API is away mends nothing.
            await UntilAsync(http, ports[1], "livez?verbose", 200, "ok");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Agent_ApiComesAndGoes_IsReadyFromTheFirstStateOnAndSaysHowOldItIs()
    {
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, Token, LodestoneProcess.Executable);
        await environment.StartServerAsync(Token);
        await environment.IssueAgentCredentialsAsync(Token);
        await environment.KillAsync("server");
        environment.MoreAgentOptions = ["--health-listen", $"{AgentHealth}"];
        await environment.StartAgentAsync(Token);
        environment.MoreAgentOptions = [];
        using var sockets = new NamespaceSockets(environment.Lab.HostB.Namespace);
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, token) => sockets.ConnectAsync(AgentHealth, token) });
        await UntilAsync(http, AgentHealth.Port, "livez", 200, "ok");
        await UntilAsync(http, AgentHealth.Port, "readyz", 503, "agent: waits for the API server\n");
        await UntilAsync(http, AgentHealth.Port, "readyz?verbose", 503, "agent: waits for the API server\nLease never renewed\n", "loadbalancers heard of ");

        await environment.StartServerAsync(Token);
        await UntilAsync(http, AgentHealth.Port, "readyz", 200, "ok");
        await UntilAsync(http, AgentHealth.Port, "readyz?verbose", 200, "ok\n", "Lease renewed 0 s ago\n", "loadbalancers heard of ");

        // What is in the maps serves on, and the ages grow.
        await environment.KillAsync("server");
        await UntilAsync(http, AgentHealth.Port, "readyz?verbose", 200, "ok\n", "Lease renewed 4 s ago\n");
        await UntilAsync(http, AgentHealth.Port, "livez?verbose", 200, "ok");
    }

    /// <summary>Until a probe is answered so: with this code, a text that begins so, and has this in it.</summary>
    private static async Task UntilAsync(HttpClient http, int port, string path, int code, string text, params string[] more)
    {
        string seen = "";
        await WaitAsync(
            async () =>
            {
                try
                {
                    using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/{path}"), Token);
                    string said = await answer.Content.ReadAsStringAsync(Token);
                    seen = $"{(int)answer.StatusCode} {said}";
                    return (int)answer.StatusCode == code && (more.Length == 0 ? said == text : said.StartsWith(text, StringComparison.Ordinal))
                        && more.All(part => said.Contains(part, StringComparison.Ordinal));
                }
                catch (HttpRequestException e)
                {
                    seen = e.Message;
                    return false;
                }
            },
            () => $"/{path} should be {code} {text}, and is {seen}",
            Token);
    }

    /// <summary>Ports that were free a moment ago.</summary>
    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
