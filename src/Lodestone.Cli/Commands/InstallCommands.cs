using System.CommandLine;
using System.Text.Json.Nodes;

using Lodestone.Cli.Manifests;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone manifests controller</c>, <c>agent</c> and <c>all</c>: what runs Lodestone in a cluster.</summary>
internal static class InstallCommands
{
    /// <summary><c>lodestone manifests controller</c>.</summary>
    public static Command CreateController() => Create(
        new LodestoneCommand("controller", "The controllers in a cluster: namespace, service account, roles, NetworkPolicy, PodDisruptionBudget, Deployment.")
        {
            Details = "The roles allow what each controller declares, and nothing else. A Lease decides which pod works.",
            Examples = ["manifests controller --image registry.example.org/lodestone:1 | kubectl apply -f -"],
        },
        (command, options) => options.AddTo(command, controller: true),
        ControllerManifests.All,
        _ => []);

    /// <summary><c>lodestone manifests agent</c>.</summary>
    public static Command CreateAgent() => Create(
        new LodestoneCommand("agent", "The agents in a cluster: namespace, service account, roles, DaemonSet.")
        {
            Details =
                """
                A pod on each Linux node, in its network, with the capabilities BPF, NET_ADMIN, PERFMON and NET_RAW. Its Host has the node's name.
                A node needs its BPF file system mounted, as distributions do.
                """,
            Examples = ["manifests agent --image registry.example.org/lodestone:1 --uplink eth0 | kubectl apply -f -"],
        },
        (command, options) => options.AddTo(command, agent: true),
        AgentManifests.All,
        o => [AgentManifests.Note(o)]);

    /// <summary><c>lodestone manifests all</c>.</summary>
    public static Command CreateAll() => Create(
        new LodestoneCommand("all", "All of it: definitions, controllers, agents.")
        {
            Examples = ["manifests all --image registry.example.org/lodestone:1 | kubectl apply -f -"],
        },
        (command, options) => options.AddTo(command, customResources: true, controller: true, agent: true),
        o => [.. ManifestPrinter.CustomResources(o.CustomResources), .. ControllerManifests.All(o), .. AgentManifests.All(o)],
        o => [.. o.CustomResources.Notes(), AgentManifests.Note(o)]);

    private static LodestoneCommand Create(
        LodestoneCommand command, Action<Command, ManifestCommandOptions> add, Func<ManifestOptions, IEnumerable<JsonObject>> manifests, Func<ManifestOptions, IEnumerable<string>> notes)
    {
        var options = new ManifestCommandOptions();
        add(command, options);
        command.SetAction(result =>
        {
            ManifestOptions read = options.Read(result);
            ManifestPrinter.Print(Console.Out, Console.Error, manifests(read), options.IsJson(result), notes(read));
            return ExitCodes.Ok;
        });
        return command;
    }
}
