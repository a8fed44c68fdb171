using System.Text.RegularExpressions;
using Xunit;

namespace Lodestone.Controllers.Tests.Documentation;

/// <summary>docs/api/conditions.md and the code know the same reasons. <c>Integration/World</c> compares it with what the API shows.</summary>
public sealed partial class ConditionsPageTests
{
    /// <summary>CamelCase words in the code of controllers and agents that are neither reason nor condition type.</summary>
    private static readonly HashSet<string> OtherWords =
    [
        // Kinds, and words of their specs and statuses.
        "AddressPool", "BGPPeer", "Host", "IPAddress", "LoadBalancer", "LoadBalancerPolicy", "LoadBalancerRouting", "Drop", "PreferNew", "Network", "NetworkID", "NetworkInterface", "Prefix", "PrefixAllocation",
        "In", "NotIn", "Exists", "DoesNotExist", "ClientIP", "Local", "Service", "ToBeDeletedByClusterAutoscaler", "Gateway", "Hypervisor", "Public", "Internal", "Available", "Error", "Pending", "True", "False",

        // Values of policies and sessions, and words of BGP daemons.
        "Auto", "Both", "Layer2", "Connecting", "Failed", "Up", "Down", "Device", "Static", "Routes", "Notification",

        // Reasons of problems that only remark, or keep quiet: the agent publishes their message at most.
        "Deleting",
    ];

    [Fact]
    public void Page_EveryReasonInTheCode_IsThere()
    {
        string[] words = [.. WordsOf("Lodestone.Controllers").Concat(WordsOf("Lodestone.Agent")).Distinct().Order(StringComparer.Ordinal)];

        string[] missing = [.. words.Where(w => !ConditionsPage.Instance.Words.Contains(w) && !OtherWords.Contains(w))];

        Assert.True(missing.Length == 0, $"describe in docs/api/conditions.md, or list as other words here: {string.Join(", ", missing)}");
        Assert.All((string[])["NoGateway", "PoolExhausted", "VNIConflict", "LeaseExpired", "DeviceDown", "AgentReady"], known => Assert.Contains(known, words));
    }

    [Fact]
    public void Page_EveryReasonInATable_IsInTheCode()
    {
        HashSet<string> words = [.. WordsOf("Lodestone.Controllers"), .. WordsOf("Lodestone.Agent"), .. WordsOf("Lodestone.Api/Ipam")];

        Assert.Equal([], ConditionsPage.Instance.Reasons.Where(r => !words.Contains(r)));
        Assert.Equal([], ConditionsPage.Instance.Repeated);
        Assert.True(ConditionsPage.Instance.Reasons.Count > 50, "the tables can't be read");
    }

    [Fact]
    public void Has_OtherKindTypeReasonOrStatus_IsFalse()
    {
        ConditionsPage page = ConditionsPage.Instance;

        Assert.True(page.Has("LoadBalancer", "Programmed", "NoGateway", "False"));
        Assert.False(page.Has("LoadBalancer", "Programmed", "NoGateway", "True"));
        Assert.False(page.Has("LoadBalancer", "Programmed", "NoPool", "False"));
        Assert.False(page.Has("LoadBalancer", "TargetsReady", "NoGateway", "False"));
        Assert.False(page.Has("Network", "Programmed", "NoGateway", "False"));
    }

    /// <summary>Every string literal that is one CamelCase word, outside comments.</summary>
    private static IEnumerable<string> WordsOf(string project) =>
        Directory.EnumerateFiles(Path.Combine(ConditionsPage.Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines)
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Literal().Matches(line))
            .Select(match => match.Groups[1].Value);

    // Not all capitals: TCP is no reason, VNIConflict is one.
    [GeneratedRegex("\"([A-Z]+[a-z]+[A-Za-z]*)\"")]
    private static partial Regex Literal();
}
