using System.Globalization;
using System.Text;
using Lodestone.Api.Meta;
using Lodestone.Api.Validation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Who writes, and whether by force: the parameters <c>fieldManager</c> and <c>force</c> (facts 2.1).</summary>
internal static class FieldManagerQuery
{
    private const int MaxBytes = 128;

    /// <summary>The manager's name: the parameter, else what the User-Agent begins with; may be empty.</summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">What its options are called in refusals.</param>
    /// <exception cref="ApiException">422: a parameter breaks a rule.</exception>
    public static string Read(HttpRequest request, string kind)
    {
        string given = (string?)request.Query["fieldManager"] ?? "";
        bool isApply = RequestBody.MediaTypeOf(request) == ApplyPatch.MediaType;
        var causes = new List<StatusCause>();
        if (kind == "PatchOptions" && !isApply && request.Query.ContainsKey("force"))
        {
            causes.Add(Cause("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch"));
        }

        if (isApply && given.Length == 0)
        {
            // It tells one applier's fields from another's, so no default would do.
            causes.Add(Cause("FieldValueRequired", "fieldManager", "Required value: is required for apply patch"));
        }

        var errors = new FieldErrorList();
        Validate(given, FieldPath.Root("fieldManager"), errors);
        causes.AddRange(errors.Select(e => e.ToCause()));
        if (causes.Count > 0)
        {
            throw ApiErrors.Invalid("meta.k8s.io", kind, "", causes);
        }

        return given.Length > 0 ? given : OfUserAgent(request.Headers.UserAgent.ToString());
    }

    /// <summary>Adds every problem of a manager's name to <paramref name="errors"/>.</summary>
    public static void Validate(string name, FieldPath path, FieldErrorList errors)
    {
        if (Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            errors.TooLong(path, MaxBytes);
        }

        int position = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (!IsPrintable(rune))
            {
                errors.Invalid(path, name, $"invalid character U+{rune.Value:X4} (at position {position})");
            }

            position += rune.Utf8SequenceLength;
        }
    }

    /// <summary>Whether an apply may take what others own.</summary>
    public static bool IsForced(HttpRequest request) =>
        request.Query.TryGetValue("force", out StringValues values)
        && !string.Equals(values[0], "false", StringComparison.OrdinalIgnoreCase)
        && values[0] != "0";

    private static string OfUserAgent(string userAgent)
    {
        int end = userAgent.IndexOf('/', StringComparison.Ordinal);
        ReadOnlySpan<char> prefix = end < 0 ? userAgent : userAgent.AsSpan(0, end);
        var name = new StringBuilder(prefix.Length);
        int bytes = 0;
        foreach (Rune rune in prefix.EnumerateRunes())
        {
            if (!IsPrintable(rune))
            {
                continue;
            }

            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxBytes)
            {
                break;
            }

            name.Append(rune.ToString());
        }

        return name.ToString();
    }

    // As Go's unicode.IsPrint: of blanks only the ASCII one.
    private static bool IsPrintable(Rune rune) =>
        rune.Value == ' ' || !(Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.Format or
            UnicodeCategory.Surrogate or
            UnicodeCategory.PrivateUse or
            UnicodeCategory.OtherNotAssigned);

    private static StatusCause Cause(string reason, string field, string message) => new() { Reason = reason, Field = field, Message = message };
}
