namespace Lodestone.Api.Platform;

/// <summary>Values of <see cref="BGPSession.State"/>.</summary>
public static class BGPSessionStates
{
    /// <summary>The session is up; routes are exchanged.</summary>
    public const string Established = "Established";

    /// <summary>It is being tried: Idle to OpenConfirm of RFC 4271.</summary>
    public const string Connecting = "Connecting";

    /// <summary>It is not even tried; the reason says what is missing.</summary>
    public const string Failed = "Failed";

    /// <summary>The host's agent says nothing any more: it may be up or not.</summary>
    public const string Unknown = "Unknown";
}
