namespace Lodestone.Client.Http;

/// <summary>What becomes of the objects that a deleted object owns.</summary>
public enum PropagationPolicy
{
    /// <summary>The object goes at once, what it owns follows.</summary>
    Background,

    /// <summary>The object stays until what blocks its deletion is gone.</summary>
    Foreground,

    /// <summary>What it owns stays, without owner.</summary>
    Orphan,
}
