namespace Lodestone.Api.Platform;

/// <summary>Who holds a <see cref="NetworkID"/>; can't change.</summary>
public sealed class NetworkIDSpec
{
    /// <summary>The network that holds it.</summary>
    public ClaimRef? ClaimRef { get; set; }
}
