namespace Lodestone.Api.Platform;

/// <summary>Values of <see cref="LoadBalancerPolicySpec.SessionAffinity"/>.</summary>
public static class SessionAffinities
{
    /// <summary>Packets of one flow go to one target.</summary>
    public const string Flow = "Flow";

    /// <summary>All flows of one client address go to one target.</summary>
    public const string SourceAddress = "SourceAddress";

    /// <summary>All flows of one prefix of client addresses go to one target.</summary>
    public const string SourcePrefix = "SourcePrefix";

    internal static string[] All { get; } = [Flow, SourceAddress, SourcePrefix];
}
