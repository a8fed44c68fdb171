using System.Collections.Frozen;
using System.Globalization;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>One clause of an Accept header.</summary>
/// <param name="Type">The media type, in lower case.</param>
/// <param name="Parameters">Its parameters but for <c>q</c>.</param>
internal sealed record MediaType(string Type, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>What is meant where nothing is said.</summary>
    public static MediaType Json { get; } = new("application/json", FrozenDictionary<string, string>.Empty);

    /// <summary>True for JSON itself and for wildcards that include it.</summary>
    public bool IsJson => Type is "application/json" or "*/*" or "application/*";

    /// <summary>True for YAML itself.</summary>
    public bool IsYaml => Type is "application/yaml";

    /// <summary>Whether the object is wanted in another form than its own.</summary>
    public bool IsTransform => Parameters.ContainsKey("as") || Parameters.ContainsKey("g") || Parameters.ContainsKey("v");

    /// <summary>The clauses of a header: by quality, then those that name a type before wildcards, then as they stand.</summary>
    public static List<MediaType> ParseAccept(string? header)
    {
        if (string.IsNullOrEmpty(header) || header == "application/json")
        {
            return string.IsNullOrEmpty(header) ? [] : [Json];
        }

        var clauses = new List<(double Quality, int Wildcards, MediaType Type)>();
        foreach (string clause in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = clause.Split(';', StringSplitOptions.TrimEntries);
            var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
            double quality = 1;
            foreach (string part in parts.AsSpan(1))
            {
                int at = part.IndexOf('=', StringComparison.Ordinal);
                if (at <= 0)
                {
                    continue;
                }

                string value = part[(at + 1)..].Trim('"');
                if (part[..at] == "q")
                {
                    _ = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out quality);
                }
                else
                {
                    parameters[part[..at]] = value;
                }
            }

            string type = parts[0].ToLowerInvariant();
            clauses.Add((quality, type.StartsWith("*/", StringComparison.Ordinal) ? 2 : type.EndsWith("/*", StringComparison.Ordinal) ? 1 : 0, new MediaType(type, parameters)));
        }

        return [.. clauses.OrderByDescending(c => c.Quality).ThenBy(c => c.Wildcards).Select(c => c.Type)];
    }
}
