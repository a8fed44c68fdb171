using System.Text.RegularExpressions;

namespace Lodestone.Api.Platform;

/// <summary>Limits, patterns and words that the strategy of <see cref="BGPPeer"/> and its rules in CEL share.</summary>
internal static partial class BGPPeerRules
{
    /// <summary>4294967295 is reserved (RFC 7300).</summary>
    internal const long MaxASN = uint.MaxValue - 1L;
    internal const int MaxPort = 65_535;
    internal const int MinHoldTimeSeconds = 3;
    internal const int MaxTimeSeconds = 65_535;
    internal const int MinMultihop = 2;
    internal const int MaxMultihop = 255;
    internal const int MaxSecurityHops = 254;

    /// <summary>12 bits (RFC 4724, 3).</summary>
    internal const int MaxRestartSeconds = 4_095;
    internal const int MaxHosts = 256;
    internal const int MaxCommunities = 32;
    internal const int MinIntervalMilliseconds = 10;
    internal const int MaxIntervalMilliseconds = 60_000;
    internal const int MinDetectMultiplier = 2;
    internal const int MaxDetectMultiplier = 255;

    internal const string DevicePattern = "^[A-Za-z0-9][-A-Za-z0-9._]{0,14}$";
    internal const string DeviceProblem = "must be the name of a device: at most 15 letters, digits, '-', '.' and '_'";
    internal const string KeyPattern = "^[-._a-zA-Z0-9]{1,253}$";
    internal const string KeyProblem = "must be a key of a Secret: letters, digits, '-', '.' and '_'";
    internal const string CommunityPattern = "^" + Number16 + ":" + Number16 + "$";
    internal const string CommunityProblem = "must be a community: two numbers of 0 to 65535, as in 65001:100";
    internal const string LargeCommunityPattern = "^" + Number32 + ":" + Number32 + ":" + Number32 + "$";
    internal const string LargeCommunityProblem = "must be a large community: three numbers of 0 to 4294967295, as in 65001:1:2";

    internal const string PeerMissing = "must specify peerAddress or interface";
    internal const string PeerTwice = "may not be given with peerAddress";
    internal const string LinkLocal = "is link-local: give the interface instead";
    internal const string KeepaliveTooLong = "must be less than the hold time";
    internal const string OnlyInternal = "may be given only for an internal session, where peerASN and localASN are the same";
    internal const string OnlyExternal = "may be given only for an external session, where peerASN and localASN differ";
    internal const string HopsTwice = "may not be given with ebgpMultihop";
    internal const string OnLink = "may not be given with interface: the router is at the other end of the link";

    private const string Number16 = "(0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
    private const string Number32 =
        "(0|[1-9][0-9]{0,8}|[1-3][0-9]{9}|4[01][0-9]{8}|42[0-8][0-9]{7}|429[0-3][0-9]{6}|4294[0-8][0-9]{5}|42949[0-5][0-9]{4}|429496[0-6][0-9]{3}|4294967[01][0-9]{2}|42949672[0-8][0-9]|429496729[0-5])";

    internal static bool IsDevice(string text) => Device().IsMatch(text) && !text.EndsWith('\n');

    internal static bool IsKey(string text) => Key().IsMatch(text) && !text.EndsWith('\n');

    /// <summary>Whether a text is a community and nothing else: it goes into configurations as it is.</summary>
    internal static bool IsCommunity(string text) => Community().IsMatch(text) && !text.EndsWith('\n');

    /// <summary>Whether a text is a large community and nothing else.</summary>
    internal static bool IsLargeCommunity(string text) => LargeCommunity().IsMatch(text) && !text.EndsWith('\n');

    [GeneratedRegex(DevicePattern)]
    private static partial Regex Device();

    [GeneratedRegex(KeyPattern)]
    private static partial Regex Key();

    [GeneratedRegex(CommunityPattern)]
    private static partial Regex Community();

    [GeneratedRegex(LargeCommunityPattern)]
    private static partial Regex LargeCommunity();
}
