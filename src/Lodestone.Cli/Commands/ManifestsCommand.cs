using System.CommandLine;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone manifests</c>: what to apply to a cluster so that it knows our kinds, and runs us.</summary>
internal static class ManifestsCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new LodestoneCommand("manifests", "Print manifests that make a Kubernetes cluster know Lodestone's kinds, and run it.")
        {
            Examples =
            [
                "manifests all --image registry.example.org/lodestone:1 | kubectl apply -f -",
                "manifests crds | kubectl apply -f -",
                "manifests apiservices --ca-file /var/lib/lodestone/ca.crt | kubectl apply -f -",
            ],
        };
        command.Subcommands.Add(InstallCommands.CreateAll());
        command.Subcommands.Add(CustomResourcesCommand.Create());
        command.Subcommands.Add(InstallCommands.CreateController());
        command.Subcommands.Add(InstallCommands.CreateAgent());
        command.Subcommands.Add(ApiServicesCommand.Create());
        return command;
    }
}
