using System.CommandLine;

using Lodestone.ApiServer.Aggregation;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone manifests apiservices</c>: what registers an aggregated server.</summary>
internal static class ApiServicesCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var defaults = new ApiServiceManifestOptions();
        var ns = new Option<string>("--namespace") { Description = "Namespace of its Service and ServiceAccount.", HelpName = "NAME", DefaultValueFactory = _ => defaults.Namespace };
        var service = new Option<string>("--service") { Description = "Name of its Service and ServiceAccount.", HelpName = "NAME", DefaultValueFactory = _ => defaults.Service };
        var port = new Option<int>("--port") { Description = "Port it listens on.", HelpName = "PORT", DefaultValueFactory = _ => defaults.Port };
        var authority = new Option<string?>("--ca-file") { Description = "CA of its certificate, PEM. With its own certificate: DIR/ca.crt of its --data-dir.", HelpName = "FILE" };
        var isInsecure = new Option<bool>("--insecure-skip-tls-verify") { Description = "Have kube-apiserver take any certificate for it. For trials only." };
        var externalName = new Option<string?>("--external-name") { Description = "DNS name at which the cluster reaches it; for one that runs outside.", HelpName = "NAME" };
        var command = new LodestoneCommand("apiservices", "What registers 'lodestone apiserver --aggregated' with a cluster.")
        {
            Details =
                """
                Namespace, ServiceAccount, the rights the server needs, roles for its users, Service, and an APIService per group. Its certificate
                must be valid for SERVICE.NAMESPACE.svc. Without --external-name the Service selects pods labelled app.kubernetes.io/name=SERVICE.
                """,
            Examples =
            [
                "manifests apiservices --ca-file /var/lib/lodestone/ca.crt --external-name lodestone.example.org --port 6443",
                "manifests apiservices --ca-file ca.crt | kubectl apply -f -",
            ],
        };
        foreach (Option option in (Option[])[ns, service, port, authority, isInsecure, externalName])
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            string? file = result.GetValue(authority);
            if (file is null != result.GetValue(isInsecure))
            {
                throw new CommandException("say either --ca-file FILE, by which kube-apiserver knows the server, or --insecure-skip-tls-verify.", ExitCodes.Usage);
            }

            Console.Write(ApiServiceManifests.Write(new ApiServiceManifestOptions
            {
                Namespace = result.GetRequiredValue(ns),
                Service = result.GetRequiredValue(service),
                Port = result.GetRequiredValue(port),
                AuthorityPem = file is null ? null : ReadPem(file),
                ExternalName = result.GetValue(externalName),
            }));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static string ReadPem(string file)
    {
        string text = File.ReadAllText(file);
        return text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)
            ? text
            : throw new CommandException($"--ca-file '{file}' holds no PEM certificate.", ExitCodes.Usage);
    }
}
