using System.Globalization;

namespace Lodestone.ApiServer.Selectors;

/// <summary>One condition of a label selector.</summary>
internal sealed class LabelRequirement
{
    private readonly LabelOperator _operator;
    private readonly string[] _values;
    private readonly long _bound;

    /// <summary>A condition on a label; the values of Greater and Less are one whole number.</summary>
    public LabelRequirement(string key, LabelOperator @operator, string[] values)
    {
        Key = key;
        _operator = @operator;
        _values = values;
        _bound = @operator is LabelOperator.Greater or LabelOperator.Less
            ? long.Parse(values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : 0;
    }

    /// <summary>The label's key.</summary>
    public string Key { get; }

    /// <summary>Whether the condition holds of a value; null when the label is absent.</summary>
    public bool Matches(string? value) => _operator switch
    {
        LabelOperator.In => value is not null && HasValue(value),
        LabelOperator.NotIn => value is null || !HasValue(value),
        LabelOperator.Exists => value is not null,
        LabelOperator.DoesNotExist => value is null,
        LabelOperator.Greater => TryNumber(value, out long number) && number > _bound,
        _ => TryNumber(value, out long number) && number < _bound,
    };

    /// <summary>Reads a whole number as Greater and Less want it.</summary>
    public static bool TryNumber(string? text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private bool HasValue(string value)
    {
        foreach (string wanted in _values)
        {
            if (wanted == value)
            {
                return true;
            }
        }

        return false;
    }
}
