using System.Globalization;
using System.Text;

namespace Lodestone.Cli.Metrics;

/// <summary>Writes Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    /// <summary>Its media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>The labels of a sample in braces; nothing for none.</summary>
    public static string Labels(IEnumerable<KeyValuePair<string, string>> labels)
    {
        string text = string.Join(',', labels.Select(l => $"{l.Key}=\"{Escape(l.Value).Replace("\"", "\\\"", StringComparison.Ordinal)}\""));
        return text.Length == 0 ? "" : $"{{{text}}}";
    }

    /// <summary>Begins a metric.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type"><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</param>
    /// <param name="help">What it counts.</param>
    public void Begin(string name, string type, string help) =>
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {Escape(help)}\n# TYPE {name} {type}\n");

    /// <summary>Writes one number.</summary>
    public void Sample(string name, string labels, double value) =>
        _text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {(double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture))}\n");

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
