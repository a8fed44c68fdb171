using Lodestone.Kernel.Tests.Packets;

namespace Lodestone.Kernel.Tests.Live;

/// <summary>Golden cases that can't be shown live, each with the reason. Whatever is not here is shown.</summary>
internal static class LiveExceptions
{
    private const string Segments = "a packet socket does not say of which size a device is to make segments; Lodestone.EndToEnd.Tests (Overlay) sends such frames";

    private const string Pair = "what goes into a NIC and what comes out of it, by the program that only a test run has; Lodestone.EndToEnd.Tests (Translation) has both on devices";

    private const string Agent = "it is taken in at the agent's device, which no other machine sees; Lodestone.EndToEnd.Tests (Health) has the agent";

    private const string Tags = "an uplink with VLAN tags is XDP's";

    /// <summary>With XDP at the uplink.</summary>
    public static readonly IReadOnlyDictionary<string, string> Reasons = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["nic-probe-reply"] = Agent,
        ["nic-probe-reply-ipv6"] = Agent,
        ["probe-echo"] = Agent,
        ["probe-echo-direct"] = Agent,
        ["probe-echo-ipv6"] = Agent,
        ["probe-not-echo"] = Agent,
        ["nic-segments"] = Segments,
        ["nic-segments-too-big"] = Segments,
        ["nic-segments-udp"] = Segments,
        ["translate-direct"] = Pair,
        ["translate-direct-after"] = Pair,
        ["translate-direct-udp"] = Pair,
        ["translate-direct-unseen"] = Pair,
        ["translate-drop"] = Pair,
        ["translate-internal"] = Pair,
        ["translate-itself"] = Pair,
        ["translate-outgoing"] = Pair,
        ["translate-probe"] = Pair,
        ["translate-reply-fragments"] = Pair,
        ["translate-reply-fragments-ipv6"] = Pair,
        ["translate-reply-icmp"] = Pair,
        ["translate-reply-icmp6"] = Pair,
        ["translate-reply-sctp"] = Pair,
        ["translate-reply-tcp"] = Pair,
        ["translate-reply-tcp-ipv6"] = Pair,
        ["translate-reply-udp"] = Pair,
        ["translate-reply-udp-ipv6"] = Pair,
        ["translate-too-big"] = Pair,
        ["translate-two-vips"] = Pair,
        ["translate-vip-gone"] = Pair,
        ["vlan-cut"] = "the kernel drops a frame that ends within a tag before tc sees it",
    };

    /// <summary>With an uplink that tc serves.</summary>
    public static readonly IReadOnlyDictionary<string, string> InTc = new SortedDictionary<string, string>(
        GoldenPacketTests.Cases().Select(c => c.Data)
            .Where(name => name.Split('-').Contains("vlan") || Reasons.ContainsKey(name))
            .ToDictionary(name => name, name => Reasons.GetValueOrDefault(name, Tags)),
        StringComparer.Ordinal);
}
