using System.CommandLine;
using System.Reflection;
using System.Text.Json;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>Version of this executable, with the commit it was built from where known.</summary>
    public static string Version { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("version", "Print the version.") { Examples = ["version", "version -o json"] };
        command.Options.Add(output);
        command.SetAction(result => Print(result.GetRequiredValue(output) == "json"));
        return command;
    }

    private static int Print(bool json)
    {
        // RuntimeFeature says "no dynamic code" of an ordinary build too, since the project is published natively.
        bool isNative = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is null;
        string runtime = $".NET {Environment.Version}{(isNative ? " (native)" : "")}";
        Console.WriteLine(json
            ? JsonSerializer.Serialize(new VersionReport(Version, runtime), CliJsonContext.Printed.VersionReport)
            : $"lodestone {Version}, {runtime}");
        return ExitCodes.Ok;
    }
}
