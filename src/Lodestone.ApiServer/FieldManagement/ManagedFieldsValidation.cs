using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Json;
using Lodestone.Api.Validation;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>The rules for managedFields that a client sends. What is no list of sets at all is not refused but left out of account (facts 2.5).</summary>
internal static class ManagedFieldsValidation
{
    private const int MaxSubresourceBytes = 256;

    /// <summary>Every problem of a list; none where it can't be understood.</summary>
    public static FieldErrorList Validate(RawJson sent)
    {
        var errors = new FieldErrorList();
        if (Parse(sent) is not { } entries)
        {
            return errors;
        }

        for (int i = 0; i < entries.Count; i++)
        {
            FieldPath path = FieldPath.Metadata.Child("managedFields").Index(i);
            JsonObject entry = entries[i]!.AsObject();
            string operation = entry.Text("operation") ?? "";
            if (operation is not ("Apply" or "Update"))
            {
                errors.Invalid(path.Child("operation"), operation, "must be `Apply` or `Update`");
            }

            FieldManagerQuery.Validate(entry.Text("manager") ?? "", path.Child("manager"), errors);
            if (System.Text.Encoding.UTF8.GetByteCount(entry.Text("subresource") ?? "") > MaxSubresourceBytes)
            {
                errors.TooLong(path.Child("subresource"), MaxSubresourceBytes);
            }
        }

        return errors;
    }

    /// <summary>The list, if nothing but what is checked here can be wrong with it.</summary>
    private static JsonArray? Parse(RawJson sent)
    {
        try
        {
            if (ManagedFieldsCodec.IsReset(sent.Utf8.Span) || JsonTree.Parse(sent.Utf8.Span) is not JsonArray entries)
            {
                return null;
            }

            foreach (JsonNode? entry in entries)
            {
                if (entry is not JsonObject members || members.Text("fieldsType") != ManagedFieldsCodec.FieldsType || string.IsNullOrEmpty(members.Text("apiVersion")))
                {
                    return null;
                }

                if (members["fieldsV1"] is { } fields)
                {
                    FieldsV1.Parse(System.Text.Encoding.UTF8.GetBytes(fields.ToJsonString()));
                }
            }

            return entries;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
