using System.Globalization;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Validation;
using Lodestone.ApiServer.FieldManagement;

namespace Lodestone.ApiServer.Registry;

/// <summary>What a client may not say of the metadata that is the server's; most of what it says is simply left out of account.</summary>
internal static class ServerFields
{
    /// <summary>Only a DELETE begins a deletion; managedFields may be edited, within their rules.</summary>
    /// <param name="metadata">As sent.</param>
    /// <param name="old">As they are.</param>
    /// <param name="sentFields">The managedFields that were sent; null where they don't count.</param>
    public static FieldErrorList Validate(ObjectMeta metadata, ObjectMeta old, RawJson? sentFields)
    {
        bool managersChange = sentFields is { } sent && old.ManagedFields?.Utf8.Span.SequenceEqual(sent.Utf8.Span) != true;
        FieldErrorList errors = managersChange ? ManagedFieldsValidation.Validate(sentFields!.Value) : new FieldErrorList();
        if (old.DeletionTimestamp is not null)
        {
            return errors;
        }

        if (metadata.DeletionTimestamp is { } time)
        {
            string text = time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture);
            errors.Invalid(FieldPath.Metadata.Child("deletionTimestamp"), new GoValue(text), "field is immutable");
        }

        if (metadata.DeletionGracePeriodSeconds is { } seconds)
        {
            errors.Invalid(FieldPath.Metadata.Child("deletionGracePeriodSeconds"), seconds, "field is immutable");
        }

        return errors;
    }
}
