using System.CommandLine;
using System.Security.Cryptography;

using Lodestone.ApiServer.Security;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone credentials</c>: kubeconfigs for people and other machines, and the key of tokens.</summary>
internal static class CredentialsCommand
{
    private const int MaxDays = 3650;

    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var command = new LodestoneCommand("credentials", "Issue a kubeconfig with a client certificate, for a person, an agent or the controllers.")
        {
            Details =
                """
                Run it where the API server keeps its data: it needs the CA's key there, not the running server. What a user may do is told by
                roles: the groups below are bound to lodestone:admin, :viewer, :agent and :controller, and more can be bound to the user's name.
                """,
            Examples = ["credentials agent host-b --data-dir /var/lib/lodestone --server https://[2001:db8::1]:6443 --out host-b.kubeconfig"],
        };
        command.Subcommands.Add(CreateAgent(timeProvider));
        command.Subcommands.Add(CreateController(timeProvider));
        command.Subcommands.Add(CreateUser(timeProvider, "admin", isAdmin: true, "A kubeconfig for a person who administers Lodestone (group lodestone:admins)."));
        command.Subcommands.Add(CreateUser(timeProvider, "viewer", isAdmin: false, "A kubeconfig for a person who looks at everything but secrets (group lodestone:viewers)."));
        command.Subcommands.Add(CreateTokenKey());
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
        AddIssuing(command, timeProvider, (credentials, server, validity, result) => credentials.IssueAgentKubeconfig(server, result.GetRequiredValue(name), validity));
        return command;
    }

    private static LodestoneCommand CreateController(TimeProvider timeProvider)
    {
        var command = new LodestoneCommand("controller", "A kubeconfig for the controllers.")
        {
            Examples = ["credentials controller --server https://127.0.0.1:6443 --out controller.kubeconfig"],
        };
        AddIssuing(command, timeProvider, (credentials, server, validity, _) => credentials.IssueControllerKubeconfig(server, validity));
        return command;
    }

    private static LodestoneCommand CreateUser(TimeProvider timeProvider, string role, bool isAdmin, string description)
    {
        var name = new Argument<string>("USER") { Description = "The user's name, as audit log and role bindings will show it." };
        name.Validators.Add(result =>
        {
            string user = result.GetValueOrDefault<string>();
            if (user.Length == 0 || user.StartsWith("system:", StringComparison.Ordinal) || user.StartsWith("lodestone:", StringComparison.Ordinal))
            {
                result.AddError($"USER '{user}' is no name for a person; those that begin with system: or lodestone: are the servers' own.");
            }
        });
        var command = new LodestoneCommand(role, description)
        {
            Examples = [$"credentials {role} jane --days 90 --server https://[2001:db8::1]:6443 --out jane.kubeconfig"],
        };
        command.Arguments.Add(name);
        AddIssuing(command, timeProvider, (credentials, server, validity, result) => credentials.IssueUserKubeconfig(server, result.GetRequiredValue(name), isAdmin, validity));
        return command;
    }

    private static LodestoneCommand CreateTokenKey()
    {
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        var keep = new Option<int>("--keep") { Description = "Former keys whose tokens go on counting until they end.", HelpName = "N", DefaultValueFactory = _ => 1 };
        keep.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 8)
            {
                result.AddError("--keep must be 0 to 8.");
            }
        });
        var command = new LodestoneCommand("token-key", "Make a new key for tokens of service accounts. A running server takes it up within a second.")
        {
            Details = "With --keep 0 every token that was issued so far ends at once.",
            Examples = ["credentials token-key --data-dir /var/lib/lodestone"],
        };
        command.Options.Add(dataDirectory);
        command.Options.Add(keep);
        command.SetAction(result =>
        {
            string directory = result.GetRequiredValue(dataDirectory);
            RequireAuthority(directory);
            try
            {
                Credentials.RotateTokenKey(directory, result.GetValue(keep));
            }
            catch (CryptographicException exception)
            {
                throw new CommandException($"{Path.Combine(directory, "service-account.key")}: {exception.Message}");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static void AddIssuing(Command command, TimeProvider timeProvider, Func<Credentials, Uri, TimeSpan, ParseResult, string> issue)
    {
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        var server = new Option<string>("--server") { Description = "URL at which the API server is reached from there.", HelpName = "URL", Required = true };
        var output = new Option<string>("--out") { Description = "Where to write it, readable by its owner only.", HelpName = "FILE", Required = true };
        var days = new Option<int>("--days")
        {
            Description = $"Days the certificate is valid, at most {MaxDays} and not longer than the CA.",
            HelpName = "N",
            DefaultValueFactory = _ => (int)Credentials.ClientValidity.TotalDays,
        };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxDays)
            {
                result.AddError($"--days must be 1 to {MaxDays}.");
            }
        });
        command.Options.Add(dataDirectory);
        command.Options.Add(server);
        command.Options.Add(output);
        command.Options.Add(days);
        command.SetAction(result =>
        {
            string directory = result.GetRequiredValue(dataDirectory);
            string text = result.GetRequiredValue(server);
            if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps)
            {
                throw new CommandException($"--server '{text}' is not an https URL.", ExitCodes.Usage);
            }

            RequireAuthority(directory);
            using var credentials = Credentials.Open(directory, timeProvider);
            Credentials.WriteSecret(result.GetRequiredValue(output), issue(credentials, uri, TimeSpan.FromDays(result.GetValue(days)), result));
            return ExitCodes.Ok;
        });
    }

    private static void RequireAuthority(string directory)
    {
        if (!File.Exists(Path.Combine(directory, "ca.key")))
        {
            throw new CommandException($"there is no CA in '{directory}'; start 'lodestone server --data-dir {directory}' once, or name the right --data-dir.");
        }
    }
}
