using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.Ipam;
using Xunit;

namespace Lodestone.Controllers.Tests.Ipam;

public sealed class EphemeralPrefixesTests
{
    [Fact]
    public void Of_Interface_NamesAreIronCores()
    {
        var nic = new NetworkInterface
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "nic" },
            Spec = new NetworkInterfaceSpec
            {
                Ips = [new IpSource { Value = "10.0.0.1" }, new IpSource { Ephemeral = Source() }],
                Prefixes = [new PrefixSource { Ephemeral = Source() }, new PrefixSource { Value = "10.9.0.0/24" }],
            },
        };

        Assert.Equal(["nic-1", "nic-pf-0"], EphemeralPrefixes.Of(nic).Keys);
    }

    [Theory]
    [InlineData("web-0", "web")]
    [InlineData("web-pf-3", "web-pf", "web")]
    [InlineData("a-b-12", "a-b")]
    [InlineData("web")]
    [InlineData("-0")]
    [InlineData("web-x")]
    public void OwnersOf_Name_AreThoseWhoMayWantIt(string name, params string[] owners) => Assert.Equal(owners, EphemeralPrefix.OwnersOf(name));

    [Fact]
    public void Build_Template_IsOwnedMarkedAndLabelled()
    {
        var lb = new LoadBalancer { Metadata = new ObjectMeta { Namespace = "default", Name = "lb", Uid = "lb-uid" } };
        PrefixTemplate template = Source().PrefixTemplate!;

        Prefix prefix = EphemeralPrefixes.Build(lb, "lb-0", template);

        Assert.True(EphemeralPrefix.IsManagedFor(prefix, lb));
        Assert.Equal(("LoadBalancer", true, true), (prefix.Metadata.Controller!.Kind, prefix.Metadata.Controller.Controller, prefix.Metadata.Controller.BlockOwnerDeletion));
        Assert.Equal("x", prefix.Metadata.Labels!["team"]);
        Assert.Equal("y", prefix.Metadata.Annotations!["note"]);
        Assert.False(template.Metadata!.Annotations!.ContainsKey(EphemeralPrefix.ManagedByAnnotation));
    }

    [Theory]
    [InlineData(null, null, "pool", 32, true)]
    [InlineData(null, "10.0.0.7/32", "pool", 32, true)]
    [InlineData(null, "10.0.0.7/32", "other", 32, false)]
    [InlineData(null, "10.0.0.7/32", "pool", 0, false)]
    [InlineData("10.0.0.7/32", "10.0.0.7/32", "pool", 32, true)]
    [InlineData("10.0.0.8/32", "10.0.0.7/32", "pool", 32, false)]
    public void IsMadeFrom_Prefix_WhatWasAllocatedDoesNotCount(string? wanted, string? prefix, string parent, int length, bool expected)
    {
        var template = new PrefixSpec { IpFamily = "IPv4", Prefix = wanted, PrefixLength = 32, ParentRef = new LocalObjectReference { Name = "pool" } };
        var spec = new PrefixSpec { IpFamily = "IPv4", Prefix = prefix, PrefixLength = length, ParentRef = new LocalObjectReference { Name = parent } };

        Assert.Equal(expected, EphemeralPrefixes.IsMadeFrom(template, spec));
    }

    [Fact]
    public void IsMadeFrom_Selector_ItsChoiceDoesNotCount()
    {
        var template = new PrefixSpec { IpFamily = "IPv4", PrefixLength = 32, ParentSelector = new LabelSelector() };
        var spec = new PrefixSpec { IpFamily = "IPv4", PrefixLength = 32, Prefix = "10.0.0.7/32", ParentSelector = new LabelSelector(), ParentRef = new LocalObjectReference { Name = "pool" } };

        Assert.True(EphemeralPrefixes.IsMadeFrom(template, spec));
        template.ParentSelector = null;
        Assert.False(EphemeralPrefixes.IsMadeFrom(template, spec));
    }

    private static EphemeralPrefixSource Source() => new()
    {
        PrefixTemplate = new PrefixTemplate
        {
            Metadata = new ObjectMeta { Labels = new Dictionary<string, string> { ["team"] = "x" }, Annotations = new Dictionary<string, string> { ["note"] = "y" } },
            Spec = new PrefixSpec { IpFamily = "IPv4", PrefixLength = 32, ParentRef = new LocalObjectReference { Name = "pool" } },
        },
    };
}
