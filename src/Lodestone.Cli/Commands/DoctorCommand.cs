using System.CommandLine;
using System.Text.Json;

using Lodestone.Cli.Doctor;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone doctor</c>.</summary>
internal static class DoctorCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string?> uplink = CommonOptions.Uplink();
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("doctor", "Look at this machine: what is fine, what is not, what to do.")
        {
            Details = "Changes nothing. Ends with 1 if something that Lodestone needs is broken; warnings do not count.",
            Examples = ["doctor", "doctor --uplink eth1", "doctor -o json"],
        };
        command.Options.Add(uplink);
        command.Options.Add(output);
        command.SetAction(result => Run(result.GetValue(uplink), result.GetRequiredValue(output) == "json"));
        return command;
    }

    private static int Run(string? uplink, bool json)
    {
        DoctorReport report = DoctorReport.Of(
            [.. KernelChecks.Check(), .. PrivilegeChecks.Check(), .. ToolChecks.Check(), .. UplinkChecks.Check(uplink), .. AddressChecks.Check()]);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.DoctorReport));
        }
        else
        {
            Print(report);
        }

        return report.Result == "ok" ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void Print(DoctorReport report)
    {
        Style style = Style.For(Console.IsOutputRedirected);
        int width = report.Findings.Max(f => f.Name.Length);
        foreach (IGrouping<string, Finding> area in report.Findings.GroupBy(f => f.Area))
        {
            Console.WriteLine(style.Bold(area.Key));
            foreach (Finding finding in area)
            {
                string mark = finding.Level switch
                {
                    FindingLevel.Ok => style.Good("ok     "),
                    FindingLevel.Warning => style.Warning("warning"),
                    _ => style.Bad("broken "),
                };
                Console.WriteLine($"  {mark}  {finding.Name.PadRight(width)}  {finding.Detail}");
                if (finding.Remedy is not null)
                {
                    Console.WriteLine($"           {new string(' ', width)}  -> {finding.Remedy}");
                }
            }
        }

        int broken = report.Findings.Count(f => f.Level == FindingLevel.Broken);
        int warnings = report.Findings.Count(f => f.Level == FindingLevel.Warning);
        Console.WriteLine();
        Console.WriteLine(broken == 0
            ? style.Good($"Nothing is broken; {warnings} to look at.")
            : style.Bad($"{broken} broken; {warnings} to look at."));
    }
}
