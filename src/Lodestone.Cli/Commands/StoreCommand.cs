using System.CommandLine;
using System.Text.Json;

using Lodestone.ApiServer.Storage.Tools;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone store</c>: look after the files in which the API server keeps its objects.</summary>
internal static class StoreCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var command = new LodestoneCommand("store", "Check, back up and restore what the API server stores.")
        {
            Details = "check and backup read the files of a running server too, and do not disturb it. restore makes a new data directory.",
            Examples =
            [
                "store check --data-dir /var/lib/lodestone",
                "store backup --data-dir /var/lib/lodestone /backup/lodestone-monday",
                "store restore /backup/lodestone-monday --data-dir /var/lib/lodestone",
            ],
        };
        command.Subcommands.Add(CreateCheck(timeProvider));
        command.Subcommands.Add(CreateBackup(timeProvider));
        command.Subcommands.Add(CreateRestore(timeProvider));
        return command;
    }

    private static LodestoneCommand CreateCheck(TimeProvider timeProvider)
    {
        var file = new Argument<string?>("FILE") { Description = "A backup to check instead of a data directory.", Arity = ArgumentArity.ZeroOrOne };
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("check", "Verify every checksum, the order of versions, and that every object can be read.")
        {
            Details =
                """
                Changes nothing. Exits with 1 when something is damaged, and names each damaged file with the offset of its first damage.
                An unfinished commit at the end is no damage: a running server is writing it, or its next start cuts it off.
                """,
            Examples = ["store check --data-dir /var/lib/lodestone", "store check /backup/lodestone-monday -o json"],
        };
        command.Arguments.Add(file);
        command.Options.Add(dataDirectory);
        command.Options.Add(output);
        command.SetAction((result, cancellationToken) =>
        {
            string path = result.GetValue(file) ?? result.GetRequiredValue(dataDirectory);
            StoreReport report = StoreCheck.Run(path, new ProgressLine(timeProvider, "checked"), cancellationToken);
            if (result.GetRequiredValue(output) == "json")
            {
                Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.StoreReport));
            }
            else
            {
                Print(report);
            }

            return Task.FromResult(report.Findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed);
        });
        return command;
    }

    private static LodestoneCommand CreateBackup(TimeProvider timeProvider)
    {
        var file = new Argument<string>("FILE") { Description = "Where to; must not exist." };
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string> output = CommonOptions.Output();
        var withoutKeys = new Option<bool>("--without-keys") { Description = "Leave out the CA, certificates, keys and kubeconfigs of the data directory." };
        var command = new LodestoneCommand("backup", "Copy the store into one file, consistent at one resourceVersion. The server may be running.")
        {
            Details =
                """
                The file is readable by its owner only, complete and on the disk when the command ends with 0, and verified on the way: a damaged
                store gives no backup. It holds the CA's key unless --without-keys is given: keep it as safe as the data directory.
                """,
            Examples = ["store backup --data-dir /var/lib/lodestone /backup/lodestone-monday"],
        };
        command.Arguments.Add(file);
        command.Options.Add(dataDirectory);
        command.Options.Add(withoutKeys);
        command.Options.Add(output);
        command.SetAction((result, cancellationToken) =>
        {
            var backup = StoreBackup.Create(
                result.GetRequiredValue(dataDirectory),
                result.GetRequiredValue(file),
                !result.GetValue(withoutKeys),
                timeProvider,
                new ProgressLine(timeProvider, "backed up"),
                cancellationToken);
            Console.WriteLine(result.GetRequiredValue(output) == "json"
                ? JsonSerializer.Serialize(backup, CliJsonContext.Printed.StoreBackup)
                : $"'{backup.File}': everything up to resourceVersion {backup.Version}, {Size.Of(backup.Bytes)}; "
                    + (backup.Files.Count > 0 ? $"with {string.Join(", ", backup.Files)}" : "without certificates and keys"));
            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    private static LodestoneCommand CreateRestore(TimeProvider timeProvider)
    {
        var source = new Argument<string>("SOURCE") { Description = "A backup, or the data directory of a server that is stopped." };
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string> output = CommonOptions.Output();
        var upToDamage = new Option<bool>("--up-to-damage") { Description = "Take what is whole before the first damage of SOURCE." };
        var advance = new Option<long>("--advance-version")
        {
            Description = "By how much the new store's resourceVersion is higher than the source's.",
            HelpName = "N",
            DefaultValueFactory = _ => StoreRestore.DefaultAdvance,
        };
        var command = new LodestoneCommand("restore", "Make a new data directory from a backup.")
        {
            Details =
                """
                SOURCE is verified whole before anything is written. The data directory must be empty, or not exist.
                resourceVersions go on far above those of the backup: clients that saw writes which the backup does not have get 410 Expired,
                list again, and so notice. Set --advance-version only if more than a thousand million writes came after the backup.
                """,
            Examples =
            [
                "store restore /backup/lodestone-monday --data-dir /var/lib/lodestone",
                "store restore /var/lib/lodestone.damaged --up-to-damage --data-dir /var/lib/lodestone",
            ],
        };
        command.Arguments.Add(source);
        command.Options.Add(dataDirectory);
        command.Options.Add(upToDamage);
        command.Options.Add(advance);
        command.Options.Add(output);
        command.SetAction((result, cancellationToken) =>
        {
            string directory = result.GetRequiredValue(dataDirectory);
            long ahead = result.GetValue(advance);
            if (ahead < 0)
            {
                throw new CommandException($"--advance-version '{ahead}' is negative: resourceVersions never go back.", ExitCodes.Usage);
            }

            var restored = StoreRestore.Run(
                result.GetRequiredValue(source), directory, ahead, result.GetValue(upToDamage), new ProgressLine(timeProvider, "read"), cancellationToken);
            if (result.GetRequiredValue(output) == "json")
            {
                Console.WriteLine(JsonSerializer.Serialize(restored, CliJsonContext.Printed.StoreRestore));
            }
            else
            {
                Print(restored, directory);
            }

            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    private static void Print(StoreReport report)
    {
        Style style = Style.For(Console.IsOutputRedirected);
        Console.WriteLine($"{(report.IsBackup ? "backup" : "store")}     {report.Path}");
        if (report.StoreId is { } id)
        {
            Console.WriteLine($"identity  {id}, format {report.Format}");
            Console.WriteLine($"versions  snapshot {report.SnapshotVersion}, {report.Commits} commits after it up to {report.Version}");
            Console.WriteLine($"read      {Size.Of(report.Bytes)}");
        }

        foreach ((string resource, long count) in report.Objects)
        {
            Console.WriteLine($"{count,9}  {resource}");
        }

        if (report.Files.Count > 0)
        {
            Console.WriteLine($"files     {string.Join(", ", report.Files)}");
        }

        if (report.HasUnfinishedCommit)
        {
            Console.WriteLine("a commit at the end is unfinished: a server is writing it, or its next start cuts it off");
        }

        foreach (StoreFinding finding in report.Findings)
        {
            Console.WriteLine($"{style.Bad("damaged")}   {Where(finding)}: {finding.Problem}");
        }

        Console.WriteLine(report.Findings.Count == 0
            ? style.Good("everything is as it was written")
            : "Restore the last backup with 'lodestone store restore', or with --up-to-damage what is whole here.");
    }

    private static void Print(StoreRestore restored, string directory)
    {
        if (restored.Damage is { } damage)
        {
            Console.WriteLine($"damaged: {Where(damage)}: {damage.Problem}. What came before is restored, what came after is lost.");
        }

        Console.WriteLine($"'{directory}': {restored.Objects} objects as of resourceVersion {restored.SourceVersion}; goes on at {restored.Version}, so clients list again");
        Console.WriteLine(restored.Files.Count > 0
            ? $"with {string.Join(", ", restored.Files)}"
            : "without certificates and keys: the next start makes a new CA, and every client needs a new kubeconfig");
    }

    private static string Where(StoreFinding finding) => finding.Offset is { } offset ? $"'{finding.File}' at offset {offset}" : $"'{finding.File}'";
}
