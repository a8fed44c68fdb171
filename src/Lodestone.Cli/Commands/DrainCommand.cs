using System.CommandLine;
using Lodestone.Cli.Drain;
using Lodestone.Cli.Hosting;
using Lodestone.Client.Config;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone drain</c> and <c>lodestone undrain</c>.</summary>
internal static class DrainCommand
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Builds <c>drain</c>.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Argument<string> host = HostArgument();
        Option<string?> kubeconfig = KubeconfigOption();
        Option<int> timeout = new("--timeout")
        {
            Description = "How long to wait until it takes no new flows, in seconds; 0 does not wait.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 60,
        };
        Option<bool> force = new("--force") { Description = "Also the last gateway that is Ready, so that nobody announces addresses any more." };
        var command = new LodestoneCommand("drain", "Let a machine take no new flows: other gateways announce its addresses, its targets keep only the flows they have.")
        {
            Details =
                """
                Sets spec.drain of the Host and waits until it announces nothing, no load balancer sends new flows to its NetworkInterfaces, and all gateways
                have taken that up. Flows that are there stay, for the drain time of each load balancer. It stays drained until 'lodestone undrain HOST'.
                """,
            Examples = ["drain host-a", "drain host-a --timeout 300"],
        };
        command.Arguments.Add(host);
        command.Options.Add(kubeconfig);
        command.Options.Add(timeout);
        command.Options.Add(force);
        command.SetAction(async (result, cancellationToken) =>
        {
            int seconds = result.GetRequiredValue(timeout);
            if (seconds < 0)
            {
                throw new CommandException($"--timeout {seconds} is below 0.", ExitCodes.Usage);
            }

            string name = result.GetRequiredValue(host);
            using ApiClient client = Connect(result.GetValue(kubeconfig), timeProvider);
            var drain = new HostDrain(client, name, timeProvider);
            await drain.SetAsync(true, result.GetValue(force), cancellationToken);
            if (seconds > 0)
            {
                await drain.WaitAsync(TimeSpan.FromSeconds(seconds), progress => Console.WriteLine($"{name}: {progress}"), cancellationToken);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>Builds <c>undrain</c>.</summary>
    public static Command CreateUndrain(TimeProvider timeProvider)
    {
        Argument<string> host = HostArgument();
        Option<string?> kubeconfig = KubeconfigOption();
        var command = new LodestoneCommand("undrain", "Let a machine that was drained take new flows again.") { Examples = ["undrain host-a"] };
        command.Arguments.Add(host);
        command.Options.Add(kubeconfig);
        command.SetAction(async (result, cancellationToken) =>
        {
            string name = result.GetRequiredValue(host);
            using ApiClient client = Connect(result.GetValue(kubeconfig), timeProvider);
            await new HostDrain(client, name, timeProvider).SetAsync(false, force: false, cancellationToken);
            Console.WriteLine($"{name}: takes new flows again");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Argument<string> HostArgument() => new("HOST") { Description = "Name of the Host, as kubectl get hosts shows it." };

    private static Option<string?> KubeconfigOption() => new("--kubeconfig")
    {
        Description = "How to reach the API server, and as whom. Default: kubectl's, else that of a server on this machine.",
        HelpName = "FILE",
    };

    private static ApiClient Connect(string? kubeconfig, TimeProvider timeProvider)
    {
        KubeConfig config = AdministratorKubeConfig.Find(kubeconfig)
            ?? throw new CommandException("no kubeconfig tells where the API is; name one with --kubeconfig FILE.", ExitCodes.Usage);
        return new ApiClient(config, new ApiClientOptions { UserAgent = "lodestone-drain", FieldManager = "lodestone-drain", RequestTimeout = RequestTimeout }, timeProvider);
    }
}
