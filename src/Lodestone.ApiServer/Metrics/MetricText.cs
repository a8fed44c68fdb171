using System.Globalization;
using System.Text;

namespace Lodestone.ApiServer.Metrics;

/// <summary>Writes Prometheus' text format, version 0.0.4.</summary>
internal sealed class MetricText
{
    /// <summary>Its media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>The label part of a sample, without braces.</summary>
    public static string Labels(ReadOnlySpan<string> names, ReadOnlySpan<string> values)
    {
        if (names.Length == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        for (int i = 0; i < names.Length; i++)
        {
            string value = values[i]
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(i == 0 ? "" : ",").Append(names[i]).Append("=\"").Append(value).Append('"');
        }

        return text.ToString();
    }

    /// <summary>A number as Go writes it.</summary>
    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>Writes a metric.</summary>
    public void Family(MetricFamily family)
    {
        _text.Append("# HELP ").Append(family.Name).Append(' ')
            .Append(family.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Type).Append('\n');
        family.Write(this);
    }

    /// <summary>Writes one number.</summary>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
