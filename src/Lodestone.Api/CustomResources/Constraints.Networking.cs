using Lodestone.Api.Platform;
using Lodestone.Api.Validation;

namespace Lodestone.Api.CustomResources;

internal static partial class Constraints
{
    /// <summary>IPv4 and IPv6.</summary>
    private const int Families = 2;

    /// <summary>Ports are compared with each other.</summary>
    private const int Ports = 256;

    private const int Peerings = 128;
    private const int Port = 65535;

    /// <summary>Scheme, host and a device or number.</summary>
    private const int ProviderIdLength = 280;

    private static readonly CelRule NamesObject = Rule("has(self.name) && self.name != ''", Names.SubdomainRule, ".name");

    /// <summary>The families, or addresses that tell them; our server would derive the one from the other.</summary>
    private static readonly CelRule HasFamilies = Required(
        "(has(self.ipFamilies) && size(self.ipFamilies) > 0) || (has(self.ips) && size(self.ips) > 0)", "must specify ip families", ".ipFamilies");

    private static readonly Constraint FamilyList = Rules(Unique("self.all(f, self.exists_one(g, g == f))")) with { MaxItems = Families };

    private static readonly Constraint AddressList = new() { MaxItems = Families };

    private static Dictionary<string, Constraint> Networking => new()
    {
        ["LoadBalancer"] = Rules(
            Rule("size(self.metadata.name) <= 63", "must be no more than 63 bytes", MetadataName),
            Rule($"self.metadata.name.matches('^{Label}$')", Names.LabelRule, MetadataName)) with
        { Required = ["spec"] },
        ["LoadBalancerSpec"] = Rules([HasFamilies, .. Addresses("self.type == 'Internal' && ")]),
        ["LoadBalancerSpec.type"] = Rules(Fixed("self == oldSelf")),
        ["LoadBalancerSpec.networkRef"] = Rules(NamesObject, Fixed("(has(self.name) ? self.name : '') == (has(oldSelf.name) ? oldSelf.name : '')")),
        ["LoadBalancerSpec.ipFamilies"] = FamilyList,
        ["LoadBalancerSpec.ips"] = AddressList,
        ["LoadBalancerSpec.ports"] = Rules(Forbidden(
            "self.all(p, size(self.filter(q, (has(p.protocol) ? p.protocol : 'TCP') == (has(q.protocol) ? q.protocol : 'TCP')"
            + " && p.port <= (has(q.endPort) ? q.endPort : q.port) && q.port <= (has(p.endPort) ? p.endPort : p.port))) <= 1)",
            "port range overlaps with port range")) with
        { MaxItems = Ports },
        ["LoadBalancerPort"] = Rules(Forbidden("!has(self.endPort) || self.endPort >= self.port", "endPort must be >= port", ".endPort")),
        ["LoadBalancerPort.port"] = new() { Minimum = 1, Maximum = Port },
        ["LoadBalancerPort.endPort"] = new() { Minimum = 1, Maximum = Port },
        ["LoadBalancerRouting.ringGeneration"] = new() { Minimum = 0 },
        ["LoadBalancerDestination.weight"] = new() { Minimum = 0, Maximum = LoadBalancerPolicyStrategy.MaxWeight },
        ["RingMember.weight"] = new() { Minimum = 0, Maximum = LoadBalancerPolicyStrategy.MaxWeight },

        // What else a slice says can't change either; readers find out by the fingerprint that the routing has of it.
        ["LoadBalancerRoutingSlice"] = Rules(Kept("routingRef")),
        ["IPSource"] = Rules(
            Rule("has(self.value) || has(self.ephemeral)", "must specify an ip source"),
            Rule("!has(self.value) || !has(self.ephemeral)", "cannot specify multiple ip sources", ".ephemeral")),
        ["IPSource.value"] = Rules(Address("must specify a valid ip")),
        ["PrefixSource"] = Rules(
            Rule("has(self.value) || has(self.ephemeral)", "must specify a prefix source"),
            Rule("!has(self.value) || !has(self.ephemeral)", "cannot specify multiple prefix sources", ".ephemeral")),
        ["PrefixSource.value"] = Rules(Cidr("must specify a valid prefix")),
        ["EphemeralPrefixSource"] = Rules(Required("has(self.prefixTemplate)", "must specify a prefix template", ".prefixTemplate")),
        ["NetworkInterface"] = new() { Required = ["spec"] },
        ["NetworkInterfaceSpec"] = Rules(
        [
            HasFamilies,
            .. Addresses(""),
            Fixed("self.networkRef == oldSelf.networkRef"),
            Fixed("(has(self.ipFamilies) ? self.ipFamilies : []) == (has(oldSelf.ipFamilies) ? oldSelf.ipFamilies : [])"),
            Fixed("(has(self.attributes) ? self.attributes : {}) == (has(oldSelf.attributes) ? oldSelf.attributes : {})"),
        ]),
        ["NetworkInterfaceSpec.providerID"] = Rules(Rule(
            "!self.startsWith('lodestone://') || self.matches('^lodestone://[^/]+/[^/]{1,15}$')",
            "must be lodestone://HOST/DEVICE, with a device name of at most 15 characters")) with
        { MaxLength = ProviderIdLength },
        ["NetworkInterfaceSpec.networkRef"] = Rules(Required("has(self.name) && self.name != ''", "must specify a network ref")),
        ["NetworkInterfaceSpec.machineRef"] = Rules(
            Rule($"self.name.matches('^{Label}$')", Names.LabelRule, ".name"),
            Rule("size(self.name) <= 63", "must be no more than 63 bytes", ".name")),
        ["NetworkInterfaceSpec.ipFamilies"] = FamilyList,
        ["NetworkInterfaceSpec.ips"] = AddressList,
        ["NetworkInterfaceSpec.prefixes"] = new() { MaxItems = 64 },
        ["NetworkInterfaceSpec.attributes"] = new() { MaxProperties = 64 },
        ["VirtualIPSource"] = Rules(
            Rule("has(self.virtualIPRef) || has(self.ephemeral)", "must specify a virtual ip source"),
            Rule("!has(self.virtualIPRef) || !has(self.ephemeral)", "cannot specify multiple sources", ".ephemeral")),
        ["EphemeralVirtualIPSource"] = Rules(Required("has(self.virtualIPTemplate)", "must specify a virtual ip template", ".virtualIPTemplate")),
        ["Network"] = Rules(
            Fixed(
                "!has(oldSelf.spec) || !has(oldSelf.spec.providerID) || oldSelf.spec.providerID == ''"
                + " || (has(self.spec) && has(self.spec.providerID) && self.spec.providerID == oldSelf.spec.providerID)",
                ".spec.providerID"),
            // A rule can't know the namespace: one that names its own is not found out.
            NotItself("peerings", "p.networkRef"),
            NotItself("incomingPeerings", "p")),
        ["NetworkSpec.peerings"] = Rules(Unique(
            "self.all(p, self.exists_one(q, p.networkRef.name == q.networkRef.name"
            + " && (has(p.networkRef.__namespace__) ? p.networkRef.__namespace__ : '') == (has(q.networkRef.__namespace__) ? q.networkRef.__namespace__ : '')))")) with
        {
            MaxItems = Peerings,
        },
        ["NetworkSpec.incomingPeerings"] = new() { MaxItems = Peerings },
        ["NetworkSpec.providerID"] = new() { MaxLength = ProviderIdLength },
        ["NetworkPeering.name"] = RequiredName,
        ["NetworkPeering.prefixes"] = new() { MaxItems = Peerings },
        ["NetworkPeeringNetworkRef.name"] = RequiredName,
        ["NetworkPeeringNetworkRef.namespace"] = new() { MaxLength = 63, Pattern = $"^({Label})?$" },
        ["NetworkPeeringClaimRef.name"] = RequiredName,
        ["NetworkPeeringClaimRef.namespace"] = new() { MaxLength = 63, Pattern = $"^({Label})?$" },
        ["PeeringPrefix.name"] = RequiredName,
        ["PeeringPrefix.prefix"] = Rules(Cidr("must be a valid IP range") with { Type = FieldErrorType.Forbidden }),
    };

    private static CelRule Address(string message) => Rule("isIP(self)", message) with { UsesAddressLibrary = true };

    private static CelRule Cidr(string message) => Rule("isCIDR(self)", message) with { UsesAddressLibrary = true };

    private static CelRule NotItself(string list, string reference) => Forbidden(
        $"!has(self.spec) || !has(self.spec.{list}) || self.spec.{list}.all(p, {reference}.name != self.metadata.name || (has({reference}.__namespace__) && {reference}.__namespace__ != ''))",
        "cannot peer a network with itself",
        $".spec.{list}");

    /// <summary>Addresses beside their families.</summary>
    /// <param name="condition">When they count, with a trailing <c>&amp;&amp;</c>; empty: always.</param>
    private static CelRule[] Addresses(string condition)
    {
        string both = condition + "has(self.ips) && has(self.ipFamilies) && size(self.ipFamilies) > 0";
        return
        [
            Rule($"!({both}) || size(self.ips) == size(self.ipFamilies)", "ip families must match ips", ".ips"),
            Rule($"!({both}) || {Each("!self.ips[i].value.contains(':')", "IPv6")}", "expected ip family IPv6 but got IPv4", ".ips"),
            Rule($"!({both}) || {Each("self.ips[i].value.contains(':')", "IPv4")}", "expected ip family IPv4 but got IPv6", ".ips"),
            Unique($"!({condition}has(self.ips)) || self.ips.all(s, !has(s.value) || self.ips.exists_one(t, has(t.value) && t.value == s.value))") with { Field = ".ips" },
        ];
    }

    private static string Each(string isOther, string family) =>
        $"[0, 1].all(i, i >= size(self.ips) || i >= size(self.ipFamilies) || !has(self.ips[i].value) || !({isOther} && self.ipFamilies[i] == '{family}'))";
}
