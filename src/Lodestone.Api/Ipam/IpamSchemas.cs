using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Ipam;

/// <summary>Schemas of the kinds of ipam.ironcore.dev.</summary>
internal static class IpamSchemas
{
    private const string Package = "dev.ironcore.ipam.v1alpha1.";

    private static readonly Schema PrefixHolder = new()
    {
        Name = Package + "PrefixHolder",
        Type = SchemaType.Object,
        Description = "Who has a part of a Prefix.",
        Required = ["prefix", "allocation"],
        Properties =
        [
            new("prefix", Schema.Prefix, "The part, as in used."),
            new("allocation", Schema.String, "Name of the PrefixAllocation it is given to."),
        ],
    };

    public static Schema PrefixSpec { get; } = new()
    {
        Name = Package + "PrefixSpec",
        Type = SchemaType.Object,
        Description = "What a Prefix is to be. Without a parent it is a root, whose prefix is simply there.",
        Properties =
        [
            new("ipFamily", NetworkingSchemas.IpFamily, "IPv4 or IPv6; that of the prefix where it is not given."),
            new("prefix", Schema.Prefix, "The prefix in CIDR form. It can't be changed once it is set."),
            new("prefixLength", Schema.Int32, "Length of the prefix to allocate where none is given. It can't be changed once it is set."),
            new("parentRef", MetaSchemas.LocalObjectReference, "The Prefix to allocate from. It can't be changed once it is set."),
            new("parentSelector", MetaSchemas.LabelSelector, "Selects a Prefix to allocate from. It can't be changed."),
        ],
    };

    public static Schema PrefixTemplate { get; } = new()
    {
        Name = Package + "PrefixTemplateSpec",
        Type = SchemaType.Object,
        Description = "What a Prefix is made from.",
        Properties =
        [
            new("metadata", MetaSchemas.ObjectMeta, "Labels and annotations of the Prefix; nothing else may be set."),
            new("spec", PrefixSpec, "What the Prefix is to be."),
        ],
    };

    public static Schema Prefix { get; } = MetaSchemas.Kind(
        Package + "Prefix",
        "A Prefix is a range of addresses: a root, or a part of another Prefix.",
        [
            new("spec", PrefixSpec, "What the Prefix is to be."),
            new("status", new()
            {
                Name = Package + "PrefixStatus",
                Type = SchemaType.Object,
                Description = "What a Prefix is at present.",
                Properties =
                [
                    new("phase", Schema.OneOf("Pending", "Allocated"), "Pending, or Allocated, which it stays."),
                    new("lastPhaseTransitionTime", Schema.Time, "When the phase last changed."),
                    new("used", Schema.ListOf(Schema.Prefix), "Parts that are given to others; none overlaps another."),
                    new("holders", Schema.ListOf(PrefixHolder), "Which PrefixAllocation each used part is given to."),
                    new("conditions", MetaSchemas.Conditions, "Why the phase is what it is."),
                ],
            }, "What the Prefix is at present."),
        ]);

    public static Schema PrefixAllocation { get; } = MetaSchemas.Kind(
        Package + "PrefixAllocation",
        "A PrefixAllocation asks for a part of a Prefix.",
        [
            new("spec", new()
            {
                Name = Package + "PrefixAllocationSpec",
                Type = SchemaType.Object,
                Description = "What is asked for: a certain prefix, or any of a length. It can't be changed.",
                Properties =
                [
                    new("ipFamily", NetworkingSchemas.IpFamily, "IPv4 or IPv6; that of the prefix where it is not given."),
                    new("prefix", Schema.Prefix, "The prefix asked for, in CIDR form."),
                    new("prefixLength", Schema.Int32, "The length asked for where no prefix is given."),
                    new("prefixRef", MetaSchemas.LocalObjectReference, "The Prefix to allocate from. Where there is only a selector, it can be set once."),
                    new("prefixSelector", MetaSchemas.LabelSelector, "Selects a Prefix to allocate from."),
                ],
            }, "What is asked for."),
            new("status", new()
            {
                Name = Package + "PrefixAllocationStatus",
                Type = SchemaType.Object,
                Description = "What became of an allocation.",
                Properties =
                [
                    new("phase", Schema.OneOf("Pending", "Allocated", "Failed"), "Pending, or at last Allocated or Failed."),
                    new("lastPhaseTransitionTime", Schema.Time, "When the phase last changed."),
                    new("prefix", Schema.Prefix, "What was allocated, in CIDR form."),
                    new("conditions", MetaSchemas.Conditions, "Why the phase is what it is."),
                ],
            }, "What became of it."),
        ]);
}
