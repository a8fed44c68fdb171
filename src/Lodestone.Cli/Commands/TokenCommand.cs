using System.CommandLine;
using System.Globalization;
using System.Text.Json;

using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Joining;
using Lodestone.Client.Certificates;
using Lodestone.Client.Config;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone token</c>: what machines join with.</summary>
internal static class TokenCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var command = new LodestoneCommand("token", "Make, list and delete the bootstrap tokens that machines join with.")
        {
            Details = "They are Kubernetes' own: Secrets of type bootstrap.kubernetes.io/token in kube-system.",
            Examples = ["token create --description 'rack 7'", "token list", "token delete abcdef"],
        };
        command.Subcommands.Add(CreateCreate(timeProvider));
        command.Subcommands.Add(CreateList(timeProvider));
        command.Subcommands.Add(CreateDelete(timeProvider));
        return command;
    }

    private static LodestoneCommand CreateCreate(TimeProvider timeProvider)
    {
        Option<string?> kubeconfig = Kubeconfig();
        var ttl = new Option<string>("--ttl") { Description = "How long machines may join with it; 0: until it is deleted.", HelpName = "DURATION", DefaultValueFactory = _ => "24h" };
        var description = new Option<string?>("--description") { Description = "What it is for.", HelpName = "TEXT" };
        var host = new Option<string?>("--host") { Description = "The one host that may join with it. Default: any whose agent does not live.", HelpName = "NAME" };
        var server = new Option<string?>("--server") { Description = "URL at which machines reach the API server, for the command that is printed. Default: the kubeconfig's.", HelpName = "URL" };
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("create", "Make a token, and print the command that joins a machine with it.")
        {
            Examples = ["token create --server https://[2001:db8::1]:6443", "token create --host host-b --ttl 1h"],
        };
        foreach (Option option in (Option[])[kubeconfig, ttl, description, host, server, output])
        {
            command.Options.Add(option);
        }

        command.SetAction(async (result, cancellationToken) =>
        {
            string life = result.GetRequiredValue(ttl);
            DateTimeOffset? expires = life == "0" ? null : timeProvider.GetUtcNow() + DurationArgument.Parse("--ttl", life);
            if (result.GetValue(host) is { } name && Names.CheckDnsSubdomain(name).FirstOrDefault() is { } wrong)
            {
                throw new CommandException($"--host '{name}': {wrong}", ExitCodes.Usage);
            }

            KubeConfig config = Config(result.GetValue(kubeconfig));
            using ApiClient client = Client(config, timeProvider);
            var token = BootstrapToken.Create();
            await client.CreateAsync(token.ToSecret(expires, result.GetValue(description), result.GetValue(host)), cancellationToken);
            string[] pins = [.. config.CertificateAuthorities.Select(a => PublicKeyPin.Of(a).ToString())];
            string url = (result.GetValue(server) ?? config.Server.ToString()).TrimEnd('/');
            string join = $"lodestone agent join --server {url} --token {token.Reveal()}{string.Concat(pins.Select(p => $" --ca-cert-hash {p}"))}"
                + (result.GetValue(host) is { } only ? $" --host-name {only}" : "");
            if (result.GetValue(output) == "json")
            {
                Console.WriteLine(JsonSerializer.Serialize(new TokenReport(token.Id, token.Reveal(), expires, join), CliJsonContext.Printed.TokenReport));
            }
            else
            {
                Console.WriteLine(join);
                if (new Uri(url).IsLoopback)
                {
                    await Console.Error.WriteLineAsync($"only this machine reaches {url}: put another address there, or say it with --server");
                }
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static LodestoneCommand CreateList(TimeProvider timeProvider)
    {
        Option<string?> kubeconfig = Kubeconfig();
        var command = new LodestoneCommand("list", "List tokens, without their secret halves.") { Examples = ["token list"] };
        command.Options.Add(kubeconfig);
        command.SetAction(async (result, cancellationToken) =>
        {
            using ApiClient client = Client(Config(result.GetValue(kubeconfig)), timeProvider);
            List<Secret> secrets = await client.ListAsync<Secret>(
                new ListOptions { Namespace = BootstrapToken.Namespace, FieldSelector = $"type={BootstrapToken.SecretType}" }, cancellationToken);
            DateTimeOffset now = timeProvider.GetUtcNow();
            Console.WriteLine($"{"ID",-8}{"ENDS IN",-10}{"HOST",-20}{"GROUPS",-40}DESCRIPTION");
            foreach (BootstrapTokenSecret token in secrets.Select(s => new BootstrapTokenSecret(s)).OrderBy(t => t.Id, StringComparer.Ordinal))
            {
                string ends = token.Expires is not { } end ? "never" : end <= now ? "ended" : HumanDuration.Format(end - now);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{token.Id,-8}{ends,-10}{token.Host ?? "any",-20}{string.Join(',', token.ExtraGroups),-40}{token.Description}").TrimEnd());
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static LodestoneCommand CreateDelete(TimeProvider timeProvider)
    {
        Option<string?> kubeconfig = Kubeconfig();
        var id = new Argument<string>("ID") { Description = "The token's id: what stands before the dot." };
        var command = new LodestoneCommand("delete", "Delete a token. Machines that have joined with it stay.") { Examples = ["token delete abcdef"] };
        command.Options.Add(kubeconfig);
        command.Arguments.Add(id);
        command.SetAction(async (result, cancellationToken) =>
        {
            string text = result.GetRequiredValue(id).Split('.')[0];
            if (!BootstrapToken.IsId(text))
            {
                throw new CommandException($"ID '{text}' is not six letters or digits.", ExitCodes.Usage);
            }

            using ApiClient client = Client(Config(result.GetValue(kubeconfig)), timeProvider);
            if (!await client.DeleteAsync<Secret>(new ObjectKey(BootstrapToken.Namespace, BootstrapToken.SecretNamePrefix + text), cancellationToken: cancellationToken))
            {
                throw new CommandException($"there is no token {text}.");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static Option<string?> Kubeconfig() => new("--kubeconfig")
    {
        Description = "An administrator's. Default: kubectl's, else that of a server on this machine.",
        HelpName = "FILE",
    };

    private static KubeConfig Config(string? kubeconfig) =>
        AdministratorKubeConfig.Find(kubeconfig) ?? throw new CommandException("no kubeconfig tells where the API is; name one with --kubeconfig FILE.");

    private static ApiClient Client(KubeConfig config, TimeProvider time) => new(config, new ApiClientOptions { UserAgent = "lodestone-token" }, time);
}
