namespace Lodestone.Api.BuiltIn;

/// <summary>Who tells an <see cref="Event"/>.</summary>
public sealed class EventSource
{
    /// <summary>The component.</summary>
    public string? Component { get; set; }
    /// <summary>The machine.</summary>
    public string? Host { get; set; }
}
