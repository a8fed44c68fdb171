using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Validation;

namespace Lodestone.Api.CustomResources;

internal static partial class Constraints
{
    private static Dictionary<string, Constraint> Platform => new()
    {
        ["AddressPool"] = new() { Required = ["spec"] },
        ["AddressPoolSpec.addresses"] = new() { MinItems = 1 },
        ["IPAddress"] = Rules(
            // IPv6 is spelt differently in a name; that the name is unique is what counts.
            Rule(
                "self.spec.ip.contains(':') || self.metadata.name == (has(self.spec.networkRef) ? self.spec.networkRef.uid + '.' : '') + self.spec.ip",
                "IP address must match name",
                ".spec.ip"),
            Rule(
                "self.metadata.name.matches('^([-a-z0-9.]+[.])?([0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|([0-9a-f]{4}-){7}[0-9a-f]{4})$')",
                "not a valid IP address in canonical format",
                MetadataName)) with
        {
            Required = ["spec"],
        },
        ["IPAddressSpec"] = Rules(
            Kept("ip", "self.ip == oldSelf.ip"),
            Kept("poolRef"),
            Kept("networkRef"),
            Kept("claimRef")),
        ["IPAddressSpec.ip"] = Rules(Address("must specify a valid ip")),
        ["NetworkID"] = Rules(
            Rule(
                $"self.metadata.name.matches('^[1-9][0-9]{{0,7}}$') && int(self.metadata.name) >= {NetworkIDRange.First} && int(self.metadata.name) <= {NetworkIDRange.Last}",
                $"must be a number from {NetworkIDRange.First} to {NetworkIDRange.Last}, without leading zeros",
                MetadataName),
            Rule(
                "(has(self.spec) && has(self.spec.claimRef) ? [self.spec.claimRef] : []) == (has(oldSelf.spec) && has(oldSelf.spec.claimRef) ? [oldSelf.spec.claimRef] : [])",
                Immutable.Detail,
                ".spec.claimRef")),
        ["ClaimRef.group"] = new() { MaxLength = NameLength },
        ["ClaimRef.resource"] = new() { MinLength = 1, MaxLength = NameLength },
        ["ClaimRef.namespace"] = new() { MaxLength = 63 },
        ["ClaimRef.name"] = RequiredName,
        ["ClaimRef.uid"] = new() { MinLength = 1, MaxLength = 128 },
        ["LoadBalancerPolicy"] = new() { Required = ["spec"] },
        ["LoadBalancerPolicySpec"] = Rules(
            Forbidden("!has(self.ipv4PrefixLength) || (has(self.sessionAffinity) && self.sessionAffinity == 'SourcePrefix')", LoadBalancerPolicyStrategy.PrefixOnly, ".ipv4PrefixLength"),
            Forbidden("!has(self.ipv6PrefixLength) || (has(self.sessionAffinity) && self.sessionAffinity == 'SourcePrefix')", LoadBalancerPolicyStrategy.PrefixOnly, ".ipv6PrefixLength"),
            Forbidden(
                "!has(self.udp) || self.udp != 'PreferNew' || !has(self.sessionAffinity) || self.sessionAffinity == 'Flow'",
                LoadBalancerPolicyStrategy.UdpContradicts,
                ".udp")),
        ["LoadBalancerPolicySpec.loadBalancerRef"] = Rules(NamesObject),
        ["LoadBalancerPolicySpec.weights"] = new() { MaxItems = LoadBalancerPolicyStrategy.MaxWeights },
        ["LoadBalancerPolicySpec.ipv4PrefixLength"] = new() { Minimum = 1, Maximum = 32 },
        ["LoadBalancerPolicySpec.ipv6PrefixLength"] = new() { Minimum = 1, Maximum = 128 },
        ["LoadBalancerPolicySpec.drainSeconds"] = new() { Minimum = 0, Maximum = LoadBalancerPolicyStrategy.MaxDrainSeconds },
        ["LoadBalancerPolicySpec.transitionSeconds"] = new() { Minimum = LoadBalancerPolicyStrategy.MinTransitionSeconds, Maximum = LoadBalancerPolicyStrategy.MaxTransitionSeconds },
        ["LoadBalancerPolicySpec.slowStartSeconds"] = new() { Minimum = LoadBalancerPolicyStrategy.MinSlowStartSeconds, Maximum = LoadBalancerPolicyStrategy.MaxSlowStartSeconds },
        ["QuicRouting.configID"] = new() { Minimum = 0, Maximum = QuicRoutingRules.MaxConfigID },
        ["QuicRouting.serverIDLength"] = new() { Minimum = 1, Maximum = QuicServerID.MaxLength },
        ["QuicRouting.ports"] = new() { MaxItems = QuicRoutingRules.MaxPorts },
        ["QuicRouting.ports[]"] = new() { Minimum = 1, Maximum = QuicRoutingRules.MaxPort },
        ["HealthCheck"] = Rules(
            Rule("[has(self.tcp), has(self.http), has(self.udp), has(self.icmp)].filter(kind, kind).size() == 1", HealthCheckRules.OneOfThem),
            Rule($"!has(self.timeoutSeconds) || self.timeoutSeconds <= (has(self.intervalSeconds) ? self.intervalSeconds : {HealthCheck.DefaultIntervalSeconds})", HealthCheckRules.TimeoutTooLong, ".timeoutSeconds")),
        ["HealthCheck.intervalSeconds"] = new() { Minimum = 1, Maximum = HealthCheckRules.MaxIntervalSeconds },
        ["HealthCheck.timeoutSeconds"] = new() { Minimum = 1, Maximum = HealthCheckRules.MaxIntervalSeconds },
        ["HealthCheck.healthyThreshold"] = new() { Minimum = 1, Maximum = HealthCheckRules.MaxThreshold },
        ["HealthCheck.unhealthyThreshold"] = new() { Minimum = 1, Maximum = HealthCheckRules.MaxThreshold },
        ["HealthCheck.jitterPercent"] = new() { Minimum = 0, Maximum = HealthCheckRules.MaxJitterPercent },
        ["TcpHealthCheck.port"] = new() { Minimum = 1, Maximum = HealthCheckRules.MaxPort },
        ["HttpHealthCheck.port"] = new() { Minimum = 1, Maximum = HealthCheckRules.MaxPort },
        ["HttpHealthCheck.path"] = Rules(Rule($"self.matches('{HealthCheckRules.PathForm}')", HealthCheckRules.PathDetail)) with { MaxLength = HealthCheckRules.MaxTextLength },
        ["HttpHealthCheck.host"] = Rules(Rule($"self.matches('{HealthCheckRules.HostForm}')", HealthCheckRules.HostDetail)) with { MaxLength = HealthCheckRules.MaxTextLength },
        ["HttpHealthCheck.expectedStatuses"] = new() { MaxItems = HealthCheckRules.MaxStatuses },
        ["HttpHealthCheck.expectedStatuses[]"] = Rules(Rule($"self.matches('{HealthCheckRules.StatusForm}')", HealthCheckRules.StatusDetail)) with { MaxLength = 7 },
        ["UdpHealthCheck.port"] = new() { Minimum = 1, Maximum = HealthCheckRules.MaxPort },
        ["UdpHealthCheck.payload"] = new() { MaxLength = HealthCheckRules.MaxTextLength },
        ["TargetWeight.weight"] = new() { Minimum = 0, Maximum = LoadBalancerPolicyStrategy.MaxWeight },
        ["BGPPeer"] = new() { Required = ["spec"] },
        ["BGPPeerSpec"] = Rules(
            Required("has(self.peerAddress) || has(self.interface)", BGPPeerRules.PeerMissing, ".peerAddress"),
            Forbidden("!has(self.peerAddress) || !has(self.interface)", BGPPeerRules.PeerTwice, ".interface"),
            Rule(
                $"!has(self.keepaliveSeconds) || self.keepaliveSeconds < (has(self.holdTimeSeconds) ? self.holdTimeSeconds : {BGPPeerSpec.DefaultHoldTimeSeconds})",
                BGPPeerRules.KeepaliveTooLong,
                ".keepaliveSeconds"),
            Forbidden("!has(self.localPreference) || self.peerASN == self.localASN", BGPPeerRules.OnlyInternal, ".localPreference"),
            Forbidden("!has(self.ebgpMultihop) || self.peerASN != self.localASN", BGPPeerRules.OnlyExternal, ".ebgpMultihop"),
            Forbidden("!has(self.ebgpMultihop) || !has(self.interface)", BGPPeerRules.OnLink, ".ebgpMultihop"),
            Forbidden("!has(self.ttlSecurityHops) || self.peerASN != self.localASN", BGPPeerRules.OnlyExternal, ".ttlSecurityHops"),
            Forbidden("!has(self.ttlSecurityHops) || !has(self.interface)", BGPPeerRules.OnLink, ".ttlSecurityHops"),
            Forbidden("!has(self.ttlSecurityHops) || !has(self.ebgpMultihop)", BGPPeerRules.HopsTwice, ".ttlSecurityHops")),
        ["BGPPeerSpec.hosts"] = new() { MaxItems = BGPPeerRules.MaxHosts },
        ["BGPPeerSpec.hosts[]"] = RequiredName,
        ["BGPPeerSpec.peerAddress"] = Rules(
            Address("must specify a valid ip"),
            Rule("!self.matches('^(?i)fe[89ab][0-9a-f]:')", BGPPeerRules.LinkLocal)),
        ["BGPPeerSpec.interface"] = Matching(BGPPeerRules.DevicePattern, BGPPeerRules.DeviceProblem, 15),
        ["BGPPeerSpec.peerASN"] = new() { Minimum = 1, Maximum = BGPPeerRules.MaxASN },
        ["BGPPeerSpec.localASN"] = new() { Minimum = 1, Maximum = BGPPeerRules.MaxASN },
        ["BGPPeerSpec.port"] = new() { Minimum = 1, Maximum = BGPPeerRules.MaxPort },
        ["BGPPeerSpec.passwordKey"] = Matching(BGPPeerRules.KeyPattern, BGPPeerRules.KeyProblem, NameLength),
        ["BGPPeerSpec.holdTimeSeconds"] = new() { Minimum = BGPPeerRules.MinHoldTimeSeconds, Maximum = BGPPeerRules.MaxTimeSeconds },
        ["BGPPeerSpec.keepaliveSeconds"] = new() { Minimum = 1, Maximum = BGPPeerRules.MaxTimeSeconds },
        ["BGPPeerSpec.connectRetrySeconds"] = new() { Minimum = 1, Maximum = BGPPeerRules.MaxTimeSeconds },
        ["BGPPeerSpec.ebgpMultihop"] = new() { Minimum = BGPPeerRules.MinMultihop, Maximum = BGPPeerRules.MaxMultihop },
        ["BGPPeerSpec.ttlSecurityHops"] = new() { Minimum = 1, Maximum = BGPPeerRules.MaxSecurityHops },
        ["BGPPeerSpec.communities"] = new() { MaxItems = BGPPeerRules.MaxCommunities },
        ["BGPPeerSpec.communities[]"] = Matching(BGPPeerRules.CommunityPattern, BGPPeerRules.CommunityProblem, 11),
        ["BGPPeerSpec.largeCommunities"] = new() { MaxItems = BGPPeerRules.MaxCommunities },
        ["BGPPeerSpec.largeCommunities[]"] = Matching(BGPPeerRules.LargeCommunityPattern, BGPPeerRules.LargeCommunityProblem, 32),
        ["BGPPeerSpec.med"] = new() { Minimum = 0, Maximum = uint.MaxValue },
        ["BGPPeerSpec.localPreference"] = new() { Minimum = 0, Maximum = uint.MaxValue },
        ["BGPPeerSpec.gracefulRestartSeconds"] = new() { Minimum = 0, Maximum = BGPPeerRules.MaxRestartSeconds },
        ["BFDSettings.transmitIntervalMilliseconds"] = Interval,
        ["BFDSettings.receiveIntervalMilliseconds"] = Interval,
        ["BFDSettings.detectMultiplier"] = new() { Minimum = BGPPeerRules.MinDetectMultiplier, Maximum = BGPPeerRules.MaxDetectMultiplier },
        ["HostSpec.underlayPrefix"] = Rules(Rule("self.contains(':') && self.endsWith('/64')", "must be an IPv6 prefix of length 64")),
    };

    private static Constraint Interval => new() { Minimum = BGPPeerRules.MinIntervalMilliseconds, Maximum = BGPPeerRules.MaxIntervalMilliseconds };

    /// <summary>A text that matches a pattern without backslashes and quotes, in words of its own.</summary>
    private static Constraint Matching(string pattern, string problem, int maxLength) => Rules(Rule($"self.matches('{pattern}')", problem)) with { MaxLength = maxLength };

    private static CelRule Kept(string name, string? rule = null) =>
        Rule(rule ?? $"has(self.{name}) == has(oldSelf.{name}) && (!has(self.{name}) || self.{name} == oldSelf.{name})", Immutable.Detail, "." + name);
}
