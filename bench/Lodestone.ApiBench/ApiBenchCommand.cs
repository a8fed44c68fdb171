using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Lodestone.ApiBench.Report;
using Lodestone.ApiBench.Scenarios;
using Lodestone.ApiBench.Targets;

namespace Lodestone.ApiBench;

/// <summary>The command line: <c>run</c> measures, <c>draw</c> makes pictures and tables of a result.</summary>
internal static class ApiBenchCommand
{
    public static RootCommand Create() => new("Loads Lodestone's API server and, beside it, a real kube-apiserver with etcd, by the same client in the same run.")
    {
        Run(),
        Draw(),
    };

    private static Command Run()
    {
        var executable = new Option<string>("--lodestone") { Description = "The executable under test.", Required = true };
        var kube = new Option<bool>("--beside-kube-apiserver") { Description = "Also measure the kube-apiserver that eng/kube-apiserver has built, with etcd." };
        var output = new Option<string>("--out") { Description = "Where the figures go, as JSON.", Required = true };
        var quick = new Option<bool>("--quick") { Description = "A tenth of everything: does it run at all?" };
        var only = new Option<string[]>("--only")
        {
            Description = "Only these parts: clients, watches, sizes.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. BenchRun.Parts],
        };
        only.AcceptOnlyFromAmong([.. BenchRun.Parts]);
        var command = new Command("run", "Measure.") { executable, kube, output, quick, only };
        command.SetAction(async (result, _) =>
        {
            BenchScale scale = result.GetValue(quick)
                ? new BenchScale { Operations = clients => clients == 1 ? 100 : 1000, Sizes = [500, 5000], Watchers = [1, 50], Limit = TimeSpan.FromSeconds(5) }
                : new BenchScale();
            scale = scale with { Parts = result.GetRequiredValue(only) };
            string scratch = Directory.CreateTempSubdirectory("apibench-").FullName;
            try
            {
                var targets = new List<ApiTarget> { new LodestoneTarget(result.GetRequiredValue(executable)) };
                if (result.GetValue(kube))
                {
                    targets.Add(new KubeTarget());
                }

                var results = new List<TargetResult>();
                foreach (ApiTarget target in targets)
                {
                    await using (target)
                    {
                        results.Add(await new BenchRun(target, scale, scratch, line => Console.Error.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {line}")).RunAsync());
                    }
                }

                string machine = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version}, {RuntimeInformation.ProcessArchitecture}");
                BenchJson.Write(result.GetRequiredValue(output), new BenchResult(machine, TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), results));
            }
            finally
            {
                Directory.Delete(scratch, recursive: true);
            }
        });
        return command;
    }

    private static Command Draw()
    {
        var input = new Option<string>("--in") { Description = "The figures.", Required = true };
        var output = new Option<string>("--out") { Description = "The directory for the pictures.", Required = true };
        var command = new Command("draw", "Draw the curves as SVG, and print the tables as Markdown.") { input, output };
        command.SetAction(result =>
        {
            BenchResult figures = BenchJson.Read(result.GetRequiredValue(input));
            Directory.CreateDirectory(result.GetRequiredValue(output));
            Charts.Draw(figures, result.GetRequiredValue(output));
            Console.Write(Tables.Markdown(figures));
        });
        return command;
    }
}
