using Lodestone.Agent;
using Lodestone.Cli.Metrics;
using Lodestone.Client.Certificates;
using Lodestone.Client.Config;
using Lodestone.Client.Http;

using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Hosting;

/// <summary>The agent of this machine, running in this process against an API that a kubeconfig names.</summary>
internal sealed class AgentHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly NodeAgent _agent;

    private AgentHost(string? kubeconfigPath, NodeAgentOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        _client = new ApiClient(kubeconfigPath is null ? KubeConfig.InCluster() : KubeConfig.Load(kubeconfigPath), new ApiClientOptions { UserAgent = "lodestone-agent", FieldManager = "lodestone-agent" }, time);
        _agent = new NodeAgent(
            kubeconfigPath is not null && AgentKubeConfig.IsOne(kubeconfigPath) ? options with { RenewedKubeconfig = Path.GetFullPath(kubeconfigPath) } : options, _client, time, loggers);

        // The agent attaches its programs before it waits for anything.
        Completion = _agent.RunAsync(_stop.Token);
    }

    /// <summary>Ends when the agent does: after a stop, or with the exception that ended it.</summary>
    public Task Completion { get; }

    /// <summary>Whether the agent has put what the API says into its maps at least once.</summary>
    public bool IsSynced => _agent.IsSynced;

    /// <summary>What it tells of itself.</summary>
    public AgentReadings Read() => new(_agent.ReadCounters(), _agent.Attachment, _agent.Contact, _agent.Certificate, _agent.BgpTotals, _agent.ReadHealth());

    /// <summary>Starts the agent and returns when its programs are attached. The API server need not be there.</summary>
    /// <param name="kubeconfigPath">How to reach the API; null: as the pod's service account.</param>
    /// <param name="options">The machine.</param>
    /// <param name="loggers">Where it logs to.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CommandException">It could not be attached; the message says why.</exception>
    public static async Task<AgentHost> StartAsync(string? kubeconfigPath, NodeAgentOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        if (kubeconfigPath is not null
            && AgentKubeConfig.IsOne(kubeconfigPath)
            && AgentIdentity.HostOf(AgentKubeConfig.Certificate(kubeconfigPath)) is { } joined
            && joined != options.HostName)
        {
            throw new CommandException($"--host-name is '{options.HostName}', but this machine joined as '{joined}': say --host-name {joined}, or join anew.", ExitCodes.Usage);
        }

        var host = new AgentHost(kubeconfigPath, options, loggers, time);
        if (host.Completion.IsFaulted)
        {
            Exception cause = host.Completion.Exception.InnerException!;
            await host.DisposeAsync();
            throw new CommandException($"the agent can't start: {cause.Message}", ExitCodes.Failed, cause);
        }

        return host;
    }

    /// <summary>Stops the agent. What it has pinned goes on serving.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await Completion;
        }
#pragma warning disable CA1031 // Whoever waits for Completion gets the exception; here it is only about being through.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Told to stop, or failed before.
        }

        await _agent.DisposeAsync();
        _client.Dispose();
        _stop.Dispose();
    }
}
