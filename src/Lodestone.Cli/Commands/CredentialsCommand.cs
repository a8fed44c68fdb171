using System.CommandLine;

using Lodestone.ApiServer.Security;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone credentials</c>: kubeconfigs for other machines.</summary>
internal static class CredentialsCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var command = new LodestoneCommand("credentials", "Issue a kubeconfig with a client certificate, for an agent or the controllers.")
        {
            Details = "Run it where the API server keeps its data: it needs the CA's key there, not the running server.",
            Examples = ["credentials agent host-b --data-dir /var/lib/lodestone --server https://[2001:db8::1]:6443 --out host-b.kubeconfig"],
        };
        command.Subcommands.Add(CreateAgent(timeProvider));
        command.Subcommands.Add(CreateController(timeProvider));
        return command;
    }

    private static LodestoneCommand CreateAgent(TimeProvider timeProvider)
    {
        var name = new Argument<string>("NAME") { Description = "The machine's host name: what its agent is started with as --host-name." };
        var command = new LodestoneCommand("agent", "A kubeconfig for the agent of one machine. It may write that machine's objects, no other's.")
        {
            Examples = ["credentials agent host-b --server https://[2001:db8::1]:6443 --out host-b.kubeconfig"],
        };
        command.Arguments.Add(name);
        AddIssuing(command, timeProvider, (credentials, server, result) => credentials.IssueAgentKubeconfig(server, result.GetRequiredValue(name)));
        return command;
    }

    private static LodestoneCommand CreateController(TimeProvider timeProvider)
    {
        var command = new LodestoneCommand("controller", "A kubeconfig for the controllers.")
        {
            Examples = ["credentials controller --server https://127.0.0.1:6443 --out controller.kubeconfig"],
        };
        AddIssuing(command, timeProvider, (credentials, server, _) => credentials.IssueControllerKubeconfig(server));
        return command;
    }

    private static void AddIssuing(Command command, TimeProvider timeProvider, Func<Credentials, Uri, ParseResult, string> issue)
    {
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        var server = new Option<string>("--server") { Description = "URL at which the API server is reached from there.", HelpName = "URL", Required = true };
        var output = new Option<string>("--out") { Description = "Where to write it, readable by its owner only.", HelpName = "FILE", Required = true };
        command.Options.Add(dataDirectory);
        command.Options.Add(server);
        command.Options.Add(output);
        command.SetAction(result =>
        {
            string directory = result.GetRequiredValue(dataDirectory);
            string text = result.GetRequiredValue(server);
            if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps)
            {
                throw new CommandException($"--server '{text}' is not an https URL.", ExitCodes.Usage);
            }

            if (!File.Exists(Path.Combine(directory, "ca.key")))
            {
                throw new CommandException($"there is no CA in '{directory}'; start 'lodestone server --data-dir {directory}' once, or name the right --data-dir.");
            }

            using var credentials = Credentials.Open(directory, timeProvider);
            Credentials.WriteSecret(result.GetRequiredValue(output), issue(credentials, uri, result));
            return ExitCodes.Ok;
        });
    }
}
