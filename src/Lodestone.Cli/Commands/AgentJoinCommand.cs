using System.CommandLine;

using Lodestone.Api.Validation;
using Lodestone.Cli.Joining;
using Lodestone.Client.Certificates;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone agent join</c>.</summary>
internal static class AgentJoinCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var server = new Option<string>("--server") { Description = "The API server.", HelpName = "URL", Required = true };
        var token = new Option<string?>("--token") { Description = "Bootstrap token, from 'lodestone token create'. Others on this machine may see it: --token-file keeps it to yourself.", HelpName = "TOKEN" };
        var tokenFile = new Option<string?>("--token-file") { Description = "File with the bootstrap token; - is stdin.", HelpName = "FILE" };
        var pins = new Option<string[]>("--ca-cert-hash") { Description = "sha256: and the hash of the public key of the server's CA; repeatable, for the time of another CA.", HelpName = "HASH", Required = true };
        Option<string> hostName = CommonOptions.HostName();
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "Where to write the agent's kubeconfig. Default: agent.kubeconfig in the data directory.", HelpName = "FILE" };
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        var timeout = new Option<string>("--timeout") { Description = "How long to wait for the certificate.", HelpName = "DURATION", DefaultValueFactory = _ => "5m" };
        var command = new LodestoneCommand("join", "Get this machine's agent a certificate of its own, with a bootstrap token.")
        {
            Details =
                """
                The server is known by the hash of its CA. The agent's key is made here and never leaves the machine; the running agent renews
                the certificate. A host of that name whose agent lives keeps the name: stop its agent first.
                """,
            Examples = ["agent join --server https://[2001:db8::1]:6443 --token abcdef.0123456789abcdef --ca-cert-hash sha256:12ab..."],
        };
        foreach (Option option in (Option[])[server, token, tokenFile, pins, hostName, kubeconfig, dataDirectory, timeout])
        {
            command.Options.Add(option);
        }

        command.SetAction(async (result, cancellationToken) =>
        {
            string directory = result.GetRequiredValue(dataDirectory);
            string host = result.GetRequiredValue(hostName);
            var options = new JoinOptions
            {
                Server = ReadServer(result.GetRequiredValue(server)),
                Token = ReadToken(result.GetValue(token), result.GetValue(tokenFile)),
                Pins = [.. result.GetRequiredValue(pins).Select(ReadPin)],
                HostName = Names.CheckDnsSubdomain(host).FirstOrDefault() is { } wrong ? throw new CommandException($"--host-name '{host}': {wrong}", ExitCodes.Usage) : host,
                Kubeconfig = result.GetValue(kubeconfig) ?? Path.Combine(directory, "agent.kubeconfig"),
                FlowHashKeyFile = Path.Combine(directory, "flow-hash.key"),
                Timeout = DurationArgument.Parse("--timeout", result.GetRequiredValue(timeout)),
            };
            await new AgentJoiner(options, Console.Error.WriteLine, timeProvider).RunAsync(cancellationToken);
            Console.WriteLine($"joined as {host}; start 'lodestone agent --kubeconfig {options.Kubeconfig} --host-name {host}', or 'systemctl enable --now lodestone-agent'");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Uri ReadServer(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps
            ? uri
            : throw new CommandException($"--server '{text}' is not an https URL.", ExitCodes.Usage);

    private static BootstrapToken ReadToken(string? text, string? file)
    {
        if (text is null == file is null)
        {
            throw new CommandException("one of --token TOKEN and --token-file FILE says which token to join with.", ExitCodes.Usage);
        }

        try
        {
            text ??= (file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file!)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--token-file: {exception.Message}", ExitCodes.Usage);
        }

        return BootstrapToken.TryParse(text, out BootstrapToken? token)
            ? token
            : throw new CommandException("the token is none: six letters or digits, a dot and sixteen more, as in abcdef.0123456789abcdef.", ExitCodes.Usage);
    }

    private static PublicKeyPin ReadPin(string text) => PublicKeyPin.TryParse(text, out PublicKeyPin pin)
        ? pin
        : throw new CommandException($"--ca-cert-hash '{text}' is not sha256: and 64 hexadecimal digits.", ExitCodes.Usage);
}
