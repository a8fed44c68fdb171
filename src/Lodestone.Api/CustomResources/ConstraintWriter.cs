using System.Text.Json;
using Lodestone.Api.Validation;

namespace Lodestone.Api.CustomResources;

/// <summary>Writes constraints as JSON schema and as <c>x-kubernetes-validations</c>.</summary>
internal static class ConstraintWriter
{
    public static void WriteBounds(Utf8JsonWriter writer, Constraint constraint)
    {
        WriteNumber(writer, "minimum", constraint.Minimum);
        WriteNumber(writer, "maximum", constraint.Maximum);
        WriteNumber(writer, "minLength", constraint.MinLength);
        WriteNumber(writer, "maxLength", constraint.MaxLength);
        WriteNumber(writer, "minItems", constraint.MinItems);
        WriteNumber(writer, "maxItems", constraint.MaxItems);
        WriteNumber(writer, "maxProperties", constraint.MaxProperties);
        if (constraint.Pattern is { } pattern)
        {
            writer.WriteString("pattern", pattern);
        }
    }

    public static void WriteRules(Utf8JsonWriter writer, Constraint constraint, CustomResourceOptions options)
    {
        CelRule[] rules = options.WithRules ? [.. constraint.Rules.Where(r => options.WithAddressLibrary || !r.UsesAddressLibrary)] : [];
        if (rules.Length == 0)
        {
            return;
        }

        writer.WriteStartArray("x-kubernetes-validations");
        foreach (CelRule rule in rules)
        {
            writer.WriteStartObject();
            writer.WriteString("rule", rule.Rule);
            writer.WriteString("message", rule.Message);
            if (options.WithReasons)
            {
                WriteReason(writer, rule);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteReason(Utf8JsonWriter writer, CelRule rule)
    {
        if (rule.MessageExpression is { } expression)
        {
            writer.WriteString("messageExpression", expression);
        }

        // To servers metadata has no members that a rule could point at, though it can read the name.
        if (rule.Field is { } field && field != Constraints.MetadataName)
        {
            writer.WriteString("fieldPath", field);
        }

        if (rule.Type != FieldErrorType.Invalid)
        {
            writer.WriteString("reason", new FieldError(rule.Type, "", null, "").Reason);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }
}
