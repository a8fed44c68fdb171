using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Selectors;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>The query parameters of a list or watch, checked together.</summary>
internal sealed record ListOptions
{
    /// <summary>30 days: less than what a timer can wait for.</summary>
    private const long LongestTimeoutSeconds = 30 * 24 * 3600;

    /// <summary>Which objects, by label.</summary>
    public required Selectors.LabelSelector Labels { get; init; }

    /// <summary>Which objects, by field.</summary>
    public required FieldSelector Fields { get; init; }

    /// <summary>The version asked for; null when not given.</summary>
    public long? ResourceVersion { get; init; }

    /// <summary>Exact, NotOlderThan, or null.</summary>
    public string? Match { get; init; }

    /// <summary>At most so many items; 0 is all.</summary>
    public int Limit { get; init; }

    /// <summary>Where an earlier page ended, or null.</summary>
    public ContinueToken? Continue { get; init; }

    /// <summary>Whether a watch wants bookmarks.</summary>
    public bool AllowBookmarks { get; init; }

    /// <summary>Whether a watch begins with the present objects; null when not given.</summary>
    public bool? SendInitialEvents { get; init; }

    /// <summary>When a watch is to end; null when not given.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether all objects are selected.</summary>
    public bool SelectsAll => Labels.IsEmpty && Fields.IsEmpty;

    /// <summary>Reads and checks.</summary>
    /// <exception cref="ApiException">400 for what cannot be read, 422 for what does not go together.</exception>
    public static ListOptions Parse(ResourceRequest request, bool isWatch)
    {
        IQueryCollection query = request.Http.Request.Query;
        string? continueText = Text(query, "continue");
        long? version = Text(query, "resourceVersion") is { } versionText ? ParseVersion(versionText) : null;
        var options = new ListOptions
        {
            Labels = Selectors.LabelSelector.Parse(query["labelSelector"]),
            Fields = FieldSelector.Parse(query["fieldSelector"], request.Registry.Fields),
            ResourceVersion = version,
            Match = Text(query, "resourceVersionMatch"),
            // A negative limit is none, as in Kubernetes.
            Limit = Text(query, "limit") is { } limit ? (int)Math.Clamp(Number(limit, "limit"), 0, int.MaxValue) : 0,
            Continue = continueText is null ? null : ContinueToken.Decode(continueText),
            AllowBookmarks = Flag(query, "allowWatchBookmarks") ?? false,
            SendInitialEvents = Flag(query, "sendInitialEvents"),
            Timeout = Text(query, "timeoutSeconds") is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(Number(seconds, "timeoutSeconds"), 0, LongestTimeoutSeconds)) : null,
        };
        var causes = new List<StatusCause>();
        options.Check(isWatch, causes);
        if (causes.Count > 0)
        {
            throw ApiErrors.Invalid("meta.k8s.io", "ListOptions", "", causes);
        }

        if (request.Info.Name.Length > 0 && !options.Fields.IsEmpty && options.Fields.Name != request.Info.Name)
        {
            throw ApiErrors.BadRequest("fieldSelector metadata.name doesn't match requested name");
        }

        // What is there now may be answered whole, and is: Kubernetes' cache ignores the limit of such a list, too.
        return version == 0 && continueText is null ? options with { Limit = 0 } : options;
    }

    /// <summary>Reads a resourceVersion.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static long ParseVersion(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version)
        ? version
        : throw ApiErrors.BadRequest($"resourceVersion: Invalid value: \"{text}\": must be a whole number of zero or more");

    private static string? Text(IQueryCollection query, string name) => (string?)query[name] is { Length: > 0 } text ? text : null;

    private static bool? Flag(IQueryCollection query, string name) => Text(query, name) switch
    {
        null => null,
        "true" or "1" or "t" or "T" or "True" or "TRUE" => true,
        _ => false,
    };

    private static long Number(string text, string name) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw ApiErrors.BadRequest($"{name}: Invalid value: \"{text}\": must be a whole number");

    private static StatusCause Forbidden(string field, string why) =>
        new() { Reason = "FieldValueForbidden", Field = field, Message = $"Forbidden: {why}" };

    private static StatusCause NotSupported(string value, string supported) =>
        new() { Reason = "FieldValueNotSupported", Field = "resourceVersionMatch", Message = $"Unsupported value: \"{value}\": supported values: {supported}" };

    private void Check(bool isWatch, List<StatusCause> causes)
    {
        if (isWatch)
        {
            CheckWatch(causes);
            return;
        }

        if (Match is not null)
        {
            if (ResourceVersion is null)
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            }

            if (Continue is not null)
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
            }

            if (Match is not ("Exact" or "NotOlderThan"))
            {
                causes.Add(NotSupported(Match, "\"Exact\", \"NotOlderThan\", \"\""));
            }

            if (Match == "Exact" && ResourceVersion == 0)
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }

        if (SendInitialEvents is not null)
        {
            causes.Add(Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        }
    }

    private void CheckWatch(List<StatusCause> causes)
    {
        if (SendInitialEvents is not null && Match != "NotOlderThan")
        {
            causes.Add(Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        }

        if (SendInitialEvents == true && !AllowBookmarks)
        {
            // What the client waits for would never come.
            causes.Add(Forbidden("allowWatchBookmarks", "sendInitialEvents requires setting allowWatchBookmarks to true"));
        }

        if (Match is null)
        {
            return;
        }

        if (SendInitialEvents is null)
        {
            causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }

        if (Match != "NotOlderThan")
        {
            causes.Add(NotSupported(Match, "\"NotOlderThan\""));
        }

        if (Continue is not null)
        {
            causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
        }
    }
}
