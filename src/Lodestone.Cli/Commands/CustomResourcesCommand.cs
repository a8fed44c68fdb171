using System.CommandLine;

using Lodestone.Api.CustomResources;
using Lodestone.Cli.Manifests;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone manifests crds</c>.</summary>
internal static class CustomResourcesCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var options = new ManifestCommandOptions();
        var command = new LodestoneCommand("crds", "CustomResourceDefinitions of Lodestone's kinds, for a cluster that keeps their objects itself.")
        {
            Details =
                """
                The cluster's API server then checks types, enums, ranges and required fields, and from 1.25 on by rules in CEL what can't be
                changed or doesn't fit together, with the messages of 'lodestone apiserver'. What an older one misses is noted on stderr and in
                the YAML.
                """,
            Examples = ["manifests crds | kubectl apply -f -", "manifests crds --kubernetes 1.20", "manifests crds -o json"],
        };
        options.AddTo(command, customResources: true);
        command.SetAction(result =>
        {
            CustomResourceOptions read = options.ReadCustomResources(result);
            ManifestPrinter.Print(Console.Out, Console.Error, ManifestPrinter.CustomResources(read), options.IsJson(result), read.Notes());
            return ExitCodes.Ok;
        });
        return command;
    }
}
