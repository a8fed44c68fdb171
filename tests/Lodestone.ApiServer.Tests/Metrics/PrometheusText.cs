using System.Globalization;
using System.Text.RegularExpressions;

namespace Lodestone.ApiServer.Tests.Metrics;

/// <summary>Reads Prometheus' text format strictly, as <c>promtool check metrics</c> does: any fault fails the test.</summary>
internal sealed partial class PrometheusText
{
    private static readonly string[] BaseUnits = ["_seconds", "_bytes", "_total", "_info", "_count", "_sum", "_bucket"];

    public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Name, string Labels), double> Samples { get; } = [];

    public static PrometheusText Parse(string text)
    {
        var result = new PrometheusText();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        string family = "";
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            family = result.Read(line, family);
        }

        result.CheckHistograms();
        return result;
    }

    /// <summary>The sum of a metric's samples that have all these labels.</summary>
    public double Sum(string name, params string[] labels) =>
        Samples.Where(s => s.Key.Name == name && labels.All(l => s.Key.Labels.Contains(l, StringComparison.Ordinal))).Sum(s => s.Value);

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*=""(?:[^""\\\n]|\\[\\n""])*"",?)*)\})? (\S+)$")]
    private static partial Regex Sample();

    private string Read(string line, string family)
    {
        if (line.StartsWith("# HELP ", StringComparison.Ordinal))
        {
            string[] parts = line.Split(' ', 4);
            Assert.True(parts.Length == 4 && parts[3].EndsWith('.'), $"no sentence: {line}");
            Assert.False(Types.ContainsKey(parts[2]), $"twice: {line}");
            return parts[2];
        }

        if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
        {
            string[] parts = line.Split(' ');
            Assert.Equal(family, parts[2]);
            Assert.Contains(parts[3], (string[])["counter", "gauge", "histogram"]);
            Assert.True(parts[3] != "counter" || family.EndsWith("_total", StringComparison.Ordinal), $"a counter ends in _total: {family}");
            Assert.False(parts[3] != "counter" && family.EndsWith("_total", StringComparison.Ordinal), $"only a counter ends in _total: {family}");
            Assert.DoesNotMatch("_(milliseconds|minutes|kilobytes|megabytes|percent)", family);
            Types.Add(family, parts[3]);
            return family;
        }

        Match match = Sample().Match(line);
        Assert.True(match.Success, $"no sample: {line}");
        string name = match.Groups[1].Value;
        string baseName = Types[family] == "histogram" ? family + BaseUnits.First(u => name == family + u) : family;
        Assert.Equal(baseName, name);
        double value = match.Groups[3].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        Assert.True(Types[family] == "gauge" || value >= 0, $"negative: {line}");
        Assert.True(Samples.TryAdd((name, match.Groups[2].Value), value), $"twice: {line}");
        return family;
    }

    private void CheckHistograms()
    {
        foreach (string family in Types.Where(t => t.Value == "histogram").Select(t => t.Key))
        {
            foreach (var series in Samples.Where(s => s.Key.Name == family + "_bucket").GroupBy(s => Regex.Replace(s.Key.Labels, ",?le=\"[^\"]*\"", "")))
            {
                double[] counts = [.. series.Select(s => s.Value)];
                Assert.Equal(counts.Order(), counts);
                Assert.Contains(series, s => s.Key.Labels.EndsWith("le=\"+Inf\"", StringComparison.Ordinal));
                Assert.Equal(counts[^1], Samples[(family + "_count", series.Key)]);
                Assert.True(Samples.ContainsKey((family + "_sum", series.Key)));
            }
        }
    }
}
