using System.Globalization;
using System.Text.RegularExpressions;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="HealthCheck"/>.</summary>
internal static partial class HealthCheckRules
{
    internal const int MaxIntervalSeconds = 300;
    internal const int MaxThreshold = 10;
    internal const int MaxJitterPercent = 50;
    internal const int MaxPort = 65_535;
    internal const int MaxTextLength = 512;
    internal const int MaxStatuses = 16;
    internal const string OneOfThem = "must specify exactly one of tcp, http, udp and icmp";
    internal const string TimeoutTooLong = "must be at most intervalSeconds (5 where it is not given)";
    internal const string PathForm = "^/[!-~]*$";
    internal const string PathDetail = "must begin with / and have neither spaces nor characters beyond ASCII";
    internal const string HostForm = "^[!-~]+$";
    internal const string HostDetail = "must have neither spaces nor characters beyond ASCII";
    internal const string StatusForm = "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$";
    internal const string StatusDetail = "must be a status or a range of them, such as 200 or 200-399";

    private static readonly string[] FlowModes = [HealthCheck.Keep, HealthCheck.Move];
    private static readonly string[] Schemes = ["HTTP", HttpHealthCheck.Https];

    internal static void Validate(HealthCheck? check, FieldPath path, FieldErrorList errors)
    {
        if (check is null)
        {
            return;
        }

        if (new object?[] { check.Tcp, check.Http, check.Udp, check.Icmp }.Count(kind => kind is not null) != 1)
        {
            errors.Invalid(path, "", OneOfThem);
        }

        ValidateRange(check.IntervalSeconds, 1, MaxIntervalSeconds, path.Child("intervalSeconds"), errors);
        ValidateRange(check.TimeoutSeconds, 1, MaxIntervalSeconds, path.Child("timeoutSeconds"), errors);
        ValidateRange(check.HealthyThreshold, 1, MaxThreshold, path.Child("healthyThreshold"), errors);
        ValidateRange(check.UnhealthyThreshold, 1, MaxThreshold, path.Child("unhealthyThreshold"), errors);
        ValidateRange(check.JitterPercent, 0, MaxJitterPercent, path.Child("jitterPercent"), errors);
        ValidateChoice(check.EstablishedFlows, FlowModes, path.Child("establishedFlows"), errors);
        if (check.TimeoutSeconds > (check.IntervalSeconds ?? HealthCheck.DefaultIntervalSeconds))
        {
            errors.Invalid(path.Child("timeoutSeconds"), check.TimeoutSeconds, TimeoutTooLong);
        }

        ValidateRange(check.Tcp?.Port, 1, MaxPort, path.Child("tcp").Child("port"), errors);
        ValidateRange(check.Udp?.Port, 1, MaxPort, path.Child("udp").Child("port"), errors);
        ValidateLength(check.Udp?.Payload, path.Child("udp").Child("payload"), errors);
        ValidateHttp(check.Http, path.Child("http"), errors);
    }

    /// <summary>The statuses from and to which a text of <see cref="HttpHealthCheck.ExpectedStatuses"/> goes; null for what is no such text.</summary>
    internal static (int From, int To)? StatusesOf(string text) =>
        StatusPattern().IsMatch(text)
            ? (int.Parse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture), int.Parse(text.AsSpan(text.Length - 3), NumberStyles.None, CultureInfo.InvariantCulture))
            : null;

    private static void ValidateHttp(HttpHealthCheck? http, FieldPath path, FieldErrorList errors)
    {
        ValidateRange(http?.Port, 1, MaxPort, path.Child("port"), errors);
        ValidateChoice(http?.Scheme, Schemes, path.Child("scheme"), errors);
        ValidateText(http?.Path, PathPattern(), PathDetail, path.Child("path"), errors);
        ValidateText(http?.Host, HostPattern(), HostDetail, path.Child("host"), errors);
        FieldPath statuses = path.Child("expectedStatuses");
        if (http?.ExpectedStatuses?.Count > MaxStatuses)
        {
            errors.Invalid(statuses, http.ExpectedStatuses.Count, $"must have at most {MaxStatuses} items");
        }

        for (int i = 0; i < http?.ExpectedStatuses?.Count; i++)
        {
            if (!StatusPattern().IsMatch(http.ExpectedStatuses[i]))
            {
                errors.Invalid(statuses.Index(i), http.ExpectedStatuses[i], StatusDetail);
            }
        }
    }

    private static void ValidateText(string? text, Regex form, string detail, FieldPath path, FieldErrorList errors)
    {
        if (text is not null && !form.IsMatch(text))
        {
            errors.Invalid(path, text, detail);
        }

        ValidateLength(text, path, errors);
    }

    private static void ValidateLength(string? text, FieldPath path, FieldErrorList errors)
    {
        if (text?.Length > MaxTextLength)
        {
            errors.Invalid(path, text.Length, $"must have at most {MaxTextLength} characters");
        }
    }

    private static void ValidateChoice(string? value, string[] choices, FieldPath path, FieldErrorList errors)
    {
        if (value is not null && !choices.Contains(value))
        {
            errors.NotSupported(path, value, choices);
        }
    }

    private static void ValidateRange(int? value, int least, int most, FieldPath path, FieldErrorList errors)
    {
        if (value < least || value > most)
        {
            errors.Invalid(path, value, $"must be between {least} and {most}, inclusive");
        }
    }

    [GeneratedRegex(PathForm)]
    private static partial Regex PathPattern();

    [GeneratedRegex(HostForm)]
    private static partial Regex HostPattern();

    [GeneratedRegex(StatusForm)]
    private static partial Regex StatusPattern();
}
