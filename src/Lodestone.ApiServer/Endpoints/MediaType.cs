namespace Lodestone.ApiServer.Endpoints;

/// <summary>One clause of an Accept header.</summary>
/// <param name="Type">The media type, in lower case.</param>
/// <param name="Parameters">Its parameters but for <c>q</c>.</param>
internal sealed record MediaType(string Type, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>What is meant where nothing is said.</summary>
    public static MediaType Json { get; } = new("application/json", new Dictionary<string, string>());

    /// <summary>True for JSON itself and for wildcards that include it.</summary>
    public bool IsJson => Type is "application/json" or "*/*" or "application/*";

    /// <summary>The clauses of a header, the most wanted first.</summary>
    public static List<MediaType> ParseAccept(string? header)
    {
        var clauses = new List<(double Quality, MediaType Type)>();
        foreach (string clause in (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
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

                if (part[..at] == "q")
                {
                    _ = double.TryParse(part[(at + 1)..], System.Globalization.CultureInfo.InvariantCulture, out quality);
                }
                else
                {
                    parameters[part[..at]] = part[(at + 1)..];
                }
            }

            clauses.Add((quality, new MediaType(parts[0].ToLowerInvariant(), parameters)));
        }

        return [.. clauses.OrderByDescending(c => c.Quality).Select(c => c.Type)];
    }
}
