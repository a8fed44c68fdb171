using Lodestone.ApiServer.Audit;

namespace Lodestone.ApiServer.Tests.Metrics;

/// <summary>Dashboards depend on names: a change of them is a change of <c>docs/operations/metrics.txt</c>, which somebody reads.</summary>
public sealed class MetricNamesTests
{
    [Fact]
    public async Task Metrics_Names_AreThoseInTheDocumentation()
    {
        using var directory = new TempDirectory();
        await using var server = new LodestoneApiServer(new LodestoneApiServerOptions
        {
            DataDirectory = Path.Combine(directory.Path, "data"),
            Audit = new AuditOptions { LogFile = Path.Combine(directory.Path, "audit.log") },
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        using ApiClient admin = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(server.KubeconfigPath, TestContext.Current.CancellationToken));

        string[] told = [.. (await admin.GetAsync("/metrics")).Expect(200).Text.Split('\n').Where(l => l.StartsWith('#')).Select(l => l[2..])];

        string documented = await File.ReadAllTextAsync(FileName(), TestContext.Current.CancellationToken);
        Assert.Equal(documented, string.Join('\n', told) + "\n");
    }

    [Fact]
    public async Task Metrics_OfOtherParts_ComeBehindTheServersOwn()
    {
        using var directory = new TempDirectory();
        string others = "";
        await using var server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path, OtherMetrics = () => others });
        await server.StartAsync(TestContext.Current.CancellationToken);
        using ApiClient admin = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(server.KubeconfigPath, TestContext.Current.CancellationToken));

        string before = (await admin.GetAsync("/metrics")).Expect(200).Text;
        others = "# HELP part_up Told by another part.\n# TYPE part_up gauge\npart_up 1\n";
        string after = (await admin.GetAsync("/metrics")).Expect(200).Text;

        Assert.DoesNotContain("part_up", before, StringComparison.Ordinal);
        Assert.EndsWith("\n" + others, after, StringComparison.Ordinal);
        Assert.Equal("gauge", PrometheusText.Parse(after).Types["part_up"]);
    }

    private static string FileName()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Lodestone.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new FileNotFoundException("no checkout around the tests");
        }

        return Path.Combine(directory, "docs", "operations", "metrics.txt");
    }
}
