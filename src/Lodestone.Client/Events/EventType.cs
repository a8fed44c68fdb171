namespace Lodestone.Client.Events;

/// <summary>Whether an Event needs attention.</summary>
public enum EventType
{
    /// <summary>For information.</summary>
    Normal,

    /// <summary>Something a person should look at.</summary>
    Warning,
}
