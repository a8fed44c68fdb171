namespace Lodestone.Api.Platform;

/// <summary>A target is well when it answers an echo request (RFC 792, RFC 4443) with what it was sent.</summary>
public sealed class IcmpHealthCheck;
