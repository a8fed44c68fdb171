using System.CommandLine;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone manifests</c>: what to apply to a cluster so that it knows our kinds.</summary>
internal static class ManifestsCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new LodestoneCommand("manifests", "Print manifests that make a Kubernetes cluster know Lodestone's kinds.")
        {
            Examples =
            [
                "manifests crds | kubectl apply -f -",
                "manifests apiservices --ca-file /var/lib/lodestone/ca.crt | kubectl apply -f -",
            ],
        };
        command.Subcommands.Add(CustomResourcesCommand.Create());
        command.Subcommands.Add(ApiServicesCommand.Create());
        return command;
    }
}
