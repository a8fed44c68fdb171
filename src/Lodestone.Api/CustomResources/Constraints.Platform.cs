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
        ["HostSpec.underlayPrefix"] = Rules(Rule("self.contains(':') && self.endsWith('/64')", "must be an IPv6 prefix of length 64")),
    };

    private static CelRule Kept(string name, string? rule = null) =>
        Rule(rule ?? $"has(self.{name}) == has(oldSelf.{name}) && (!has(self.{name}) || self.{name} == oldSelf.{name})", Immutable.Detail, "." + name);
}
