using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Formatting;

/// <summary>How the JSON that an endpoint writes goes out: as it is, indented, or as YAML.</summary>
/// <param name="IsYaml">As YAML; decided by Accept.</param>
/// <param name="IsPretty">Indented; asked for by <c>?pretty=true</c>, or what people at curl, wget and browsers get.</param>
internal readonly record struct ResponseForm(bool IsYaml, bool IsPretty)
{
    private static readonly object ItemKey = new();

    /// <summary>As it is.</summary>
    public bool IsPlain => !IsYaml && !IsPretty;

    /// <summary>Whether a request could get anything but plain JSON: cheap, before an endpoint has decided.</summary>
    public static bool MayDiffer(HttpRequest request) =>
        ((string?)request.Headers.Accept)?.Contains("yaml", StringComparison.OrdinalIgnoreCase) == true
        || ((string?)request.Headers.Accept)?.Contains("pretty", StringComparison.Ordinal) == true
        || WantsPretty(request);

    /// <summary>What the endpoint, by <see cref="Negotiation"/>, has chosen for its answer.</summary>
    public static void Choose(HttpContext http, MediaType type)
    {
        bool isPretty = type.Parameters.GetValueOrDefault("pretty") == "1";
        if (type.IsYaml || isPretty)
        {
            http.Items[ItemKey] = new ResponseForm(type.IsYaml, isPretty);
        }
    }

    /// <summary>The form of an answer that is about to be written; an error, or what was not negotiated, goes by the first clause of Accept that names a form.</summary>
    public static ResponseForm Of(HttpContext http)
    {
        bool isPretty = WantsPretty(http.Request);
        if (http.Response.StatusCode < 400 && http.Items.TryGetValue(ItemKey, out object? chosen) && chosen is ResponseForm form)
        {
            return form with { IsPretty = form.IsPretty || isPretty };
        }

        foreach (MediaType type in MediaType.ParseAccept(http.Request.Headers.Accept))
        {
            if ((type.IsJson || type.IsYaml) && !type.IsTransform)
            {
                return new ResponseForm(type.IsYaml && !type.IsJson, isPretty || type.Parameters.GetValueOrDefault("pretty") == "1");
            }
        }

        return new ResponseForm(false, isPretty);
    }

    private static bool WantsPretty(HttpRequest request)
    {
        if (request.QueryString.HasValue
            && request.QueryString.Value!.Contains("pretty", StringComparison.Ordinal)
            && (string?)request.Query["pretty"] is { Length: > 0 } pretty)
        {
            return pretty is "1" or "t" or "T" or "true" or "True" or "TRUE";
        }

        return (string?)request.Headers.UserAgent is { } agent
            && (agent.StartsWith("curl", StringComparison.Ordinal)
                || agent.StartsWith("Wget", StringComparison.Ordinal)
                || agent.StartsWith("Mozilla/5.0", StringComparison.Ordinal));
    }
}
