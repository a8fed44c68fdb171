namespace Lodestone.Api.Platform;

/// <summary>Whether an <see cref="IPAddress"/> is being given back.</summary>
public sealed class IPAddressStatus
{
    /// <summary>When its holder let go; the address is free again some time after.</summary>
    public DateTimeOffset? ReleasedAt { get; set; }
}
