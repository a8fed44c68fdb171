using System.CommandLine;
using System.Globalization;

using Lodestone.Api.CustomResources;
using Lodestone.Cli.Manifests;
using Lodestone.Client.Leases;

namespace Lodestone.Cli.Commands;

/// <summary>The options that the commands under <c>manifests</c> share.</summary>
internal sealed class ManifestCommandOptions
{
    /// <summary>The first that understands all that the definitions have to say.</summary>
    private const string Newest = "1.31";

    private readonly Option<string> _output = CreateOutput();
    private readonly Option<string> _kubernetes = new("--kubernetes")
    {
        Description = "The oldest Kubernetes that must understand the objects: below 1.31 and 1.25 definitions say, and check, less.",
        HelpName = "VERSION",
        DefaultValueFactory = _ => Newest,
    };

    private readonly Option<bool> _selectable = new("--selectable-fields")
    {
        Description = "Name the fields that --field-selector may use, below Kubernetes 1.31 too.",
    };

    private readonly Option<string> _image = new("--image")
    {
        Description = "Image whose entry point is lodestone.",
        HelpName = "IMAGE",
        DefaultValueFactory = _ => $"lodestone:{VersionCommand.Version.Split('+')[0]}",
    };

    private readonly Option<string> _namespace = new("--namespace")
    {
        Description = $"Namespace of the pods. Leases are in {LeaseOptions.SystemNamespace} in any case.",
        HelpName = "NAME",
        DefaultValueFactory = _ => LeaseOptions.SystemNamespace,
    };

    private readonly Option<int> _replicas = new("--replicas")
    {
        Description = "Pods with controllers; one works, the others stand by.",
        HelpName = "COUNT",
        DefaultValueFactory = _ => 2,
    };

    private readonly Option<bool> _monitoring = new("--monitoring")
    {
        Description = "Have the Prometheus operator scrape the pods. Agents then serve health and metrics at all addresses of their node.",
    };

    private readonly Option<string?> _uplink = new("--uplink")
    {
        Description = "Device of every machine that faces the network. Default: the one with the default route.",
        HelpName = "DEVICE",
    };

    private readonly Option<bool> _bgp = new("--bgp")
    {
        Description = "Let agents speak BGP: with the capabilities that FRR needs, and an image that has it (eng/image --bgp).",
    };

    /// <summary>Adds what concerns a command.</summary>
    public void AddTo(Command command, bool customResources = false, bool controller = false, bool agent = false)
    {
        command.Options.Add(_output);
        AddWhen(customResources || controller, _kubernetes);
        AddWhen(customResources, _selectable);
        AddWhen(controller || agent, _image, _namespace, _monitoring);
        AddWhen(controller, _replicas);
        AddWhen(agent, _uplink, _bgp);

        void AddWhen(bool isWanted, params ReadOnlySpan<Option> options)
        {
            foreach (Option option in options)
            {
                if (isWanted)
                {
                    command.Options.Add(option);
                }
            }
        }
    }

    /// <summary>Whether JSON is wanted.</summary>
    public bool IsJson(ParseResult result) => result.GetRequiredValue(_output) == "json";

    /// <summary>What the user said.</summary>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public ManifestOptions Read(ParseResult result)
    {
        // What a command doesn't have has no default either.
        int replicas = result.CommandResult.Command.Options.Contains(_replicas) ? result.GetValue(_replicas) : 1;
        return replicas < 1
            ? throw new CommandException($"--replicas {replicas}: at least one pod is needed.", ExitCodes.Usage)
            : new ManifestOptions
            {
                Image = result.GetValue(_image)!,
                Namespace = result.GetValue(_namespace)!,
                Replicas = replicas,
                Uplink = result.GetValue(_uplink),
                Bgp = result.GetValue(_bgp),
                Monitoring = result.GetValue(_monitoring),
                CustomResources = ReadCustomResources(result),
            };
    }

    /// <summary>What the user said of the definitions.</summary>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public CustomResourceOptions ReadCustomResources(ParseResult result)
    {
        string text = result.GetValue(_kubernetes) ?? Newest;
        string[] parts = text.TrimStart('v').Split('.');
        if (parts.Length < 2 || parts[0] != "1" || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor) || minor < 16)
        {
            throw new CommandException($"--kubernetes '{text}' is not a version from 1.16 on, as in 1.31.", ExitCodes.Usage);
        }

        var options = new CustomResourceOptions { Minor = minor };
        return result.GetValue(_selectable) ? options with { WithSelectableFields = true } : options;
    }

    private static Option<string> CreateOutput()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "yaml, one document per object, or json, a List.",
            HelpName = "yaml|json",
            DefaultValueFactory = _ => "yaml",
        };
        output.AcceptOnlyFromAmong("yaml", "json");
        return output;
    }
}
