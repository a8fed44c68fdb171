using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Lodestone.BenchKit;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.ControllerBench.Measure;
using Lodestone.ControllerBench.Report;
using Lodestone.ControllerBench.Scenarios;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.ControllerBench;

/// <summary>The command line: <c>run</c> measures, <c>draw</c> makes pictures and a table of a result.</summary>
internal static class ControllerBenchCommand
{
    private const int Events = 200_000;
    private const int PodBytes = 9400;

    public static RootCommand Create() => new("Fills an API server and measures all controllers on it, and what one change costs.") { Run(), Draw() };

    private static Command Run()
    {
        var executable = new Option<string>("--lodestone") { Description = "The executable whose API server is used.", Required = true };
        var output = new Option<string>("--out") { Description = "Where the figures go, as JSON.", Required = true };
        var loadBalancers = new Option<int>("--load-balancers") { Description = "How many.", DefaultValueFactory = _ => 10_000 };
        var networks = new Option<int>("--networks") { Description = "How many.", DefaultValueFactory = _ => 100 };
        var interfaces = new Option<int>("--interfaces-per-load-balancer") { Description = "How many.", DefaultValueFactory = _ => 10 };
        var workers = new Option<int>("--workers") { Description = "Keys each controller works on at the same time.", DefaultValueFactory = _ => new Controllers.ControllerOptions().Workers };
        var targets = new Option<int>("--targets") { Description = "Targets of the one load balancer that has very many.", DefaultValueFactory = _ => 10_000 };
        var kube = new Option<bool>("--beside-kube-apiserver") { Description = "Also that load balancer on the kube-apiserver that eng/kube-apiserver has built, with etcd." };
        var seconds = new Option<int>("--seconds") { Description = "How long it rests, and how long labels change at each rate.", DefaultValueFactory = _ => 30 };
        var command = new Command("run", "Measure.") { executable, output, loadBalancers, networks, interfaces, workers, targets, kube, seconds };
        command.SetAction(async (result, _) =>
        {
            var scale = new BenchScale
            {
                LoadBalancers = result.GetValue(loadBalancers),
                Networks = result.GetValue(networks),
                InterfacesPerLoadBalancer = result.GetValue(interfaces),
                Workers = result.GetValue(workers),
                Rest = TimeSpan.FromSeconds(result.GetValue(seconds)),
                Changes = TimeSpan.FromSeconds(result.GetValue(seconds)),
            };
            BenchJson.Write(result.GetRequiredValue(output), await MeasureAsync(result.GetRequiredValue(executable), scale, result.GetValue(targets), result.GetValue(kube)));
        });
        return command;
    }

    private static Command Draw()
    {
        var input = new Option<string>("--in") { Description = "The figures.", Required = true };
        var output = new Option<string>("--out") { Description = "The directory for the pictures.", Required = true };
        var command = new Command("draw", "Draw the curves as SVG, and print the table as Markdown.") { input, output };
        command.SetAction(result =>
        {
            BenchResult figures = BenchJson.Read(result.GetRequiredValue(input));
            Directory.CreateDirectory(result.GetRequiredValue(output));
            Charts.Draw(figures, result.GetRequiredValue(output));
            Console.Write(Tables.Markdown(figures));
        });
        return command;
    }

    private static async Task<BenchResult> MeasureAsync(string executable, BenchScale scale, int targets, bool besideKube)
    {
        string scratch = Directory.CreateTempSubdirectory("controllerbench-").FullName;
        using var meter = new WorkMeter();
        try
        {
            BenchResult result = await LargeWorldAsync(executable, Path.Combine(scratch, "large"), scale, meter);
            result.Proportion.AddRange(await WithServerAsync(executable, Path.Combine(scratch, "one"), (client, _) => new ProportionRun(client, scale, meter, Say).RunAsync()));
            result.LargeRoutings.Add(await WithServerAsync(
                executable, Path.Combine(scratch, "routing"), (client, _) => new LargeRoutingRun(client, "Lodestone", targets, scale, meter, Say).RunAsync()));
            if (besideKube)
            {
                await using KubeApiServer kube = await KubeServer.StartAsync(Path.Combine(scratch, "kube"));
                using var client = new ApiClient(KubeConfig.Load(kube.Kubeconfig));
                result.LargeRoutings.Add(await new LargeRoutingRun(client, "kube-apiserver", targets, scale, meter, Say).RunAsync());
            }

            return result;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static Task<BenchResult> LargeWorldAsync(string executable, string directory, BenchScale scale, WorkMeter meter) =>
        WithServerAsync(executable, directory, async (client, pid) =>
        {
            var informers = new InformerRun(Say);
            var run = new ControllerRun(client, pid, scale, meter, Say);
            await run.FillAsync();
            InformerPhase list = await informers.ListAsync(client, scale.Interfaces);
            BenchResult result = await run.RunAsync(Header(executable, scale));
            int events = Math.Min(Events, scale.Interfaces * 10);
            result.Informers.Add(list);
            result.Informers.Add(await informers.EventsAsync(events, 0));
            result.Informers.Add(await informers.EventsAsync(events / 10, PodBytes));
            return result;
        });

    private static async Task<T> WithServerAsync<T>(string executable, string directory, Func<ApiClient, int, Task<T>> run)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(executable, directory, ServerProcess.FreePort());
        using var client = new ApiClient(KubeConfig.Load(server.Kubeconfig));
        return await run(client, server.Pid);
    }

    private static BenchResult Header(string executable, BenchScale scale) => new()
    {
        Machine = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version}, {RuntimeInformation.ProcessArchitecture}"),
        Date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Setup = $"API server: {(IsNative(executable) ? "native" : "JIT")}, a process of its own; controllers: JIT, in the process that makes the changes",
        LoadBalancers = scale.LoadBalancers,
        Interfaces = scale.Interfaces,
        Networks = scale.Networks,
        Workers = scale.Workers,
        FirstStart = new Phase(0, 0, 0, 0, 0, 0, 0),
        Restart = new Phase(0, 0, 0, 0, 0, 0, 0),
        Rest = new RestPhase(0, 0, 0, 0, 0, 0),
        Memory = new Memory(0, 0, 0),
    };

    /// <summary>What the JIT runs has its assembly beside the executable.</summary>
    private static bool IsNative(string executable) => !File.Exists(executable + ".dll");

    private static void Say(string line) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss} {line}"));
}
