namespace Lodestone.Api.CustomResources;

/// <summary>What a definition says of a value beyond its type. Sizes are bounded where rules run over them: a server refuses rules that could cost too much.</summary>
internal sealed record Constraint
{
    public static Constraint None { get; } = new();

    /// <summary>The least number.</summary>
    public long? Minimum { get; init; }

    /// <summary>The greatest number.</summary>
    public long? Maximum { get; init; }

    /// <summary>Fewest characters.</summary>
    public int? MinLength { get; init; }

    /// <summary>Most characters.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Fewest items.</summary>
    public int? MinItems { get; init; }

    /// <summary>Most items.</summary>
    public int? MaxItems { get; init; }

    /// <summary>Most members of a map.</summary>
    public int? MaxProperties { get; init; }

    /// <summary>Regular expression (RE2) that a text must match.</summary>
    public string? Pattern { get; init; }

    /// <summary>Members that must be there beside those that the schema requires.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Rules in CEL.</summary>
    public IReadOnlyList<CelRule> Rules { get; init; } = [];

    /// <summary>Both.</summary>
    public Constraint With(Constraint other) => new()
    {
        Minimum = other.Minimum ?? Minimum,
        Maximum = other.Maximum ?? Maximum,
        MinLength = other.MinLength ?? MinLength,
        MaxLength = other.MaxLength ?? MaxLength,
        MinItems = other.MinItems ?? MinItems,
        MaxItems = other.MaxItems ?? MaxItems,
        MaxProperties = other.MaxProperties ?? MaxProperties,
        Pattern = other.Pattern ?? Pattern,
        Required = [.. Required, .. other.Required],
        Rules = [.. Rules, .. other.Rules],
    };
}
