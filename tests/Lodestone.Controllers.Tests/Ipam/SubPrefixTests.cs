using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Controllers.Ipam;
using Xunit;

namespace Lodestone.Controllers.Tests.Ipam;

public sealed class SubPrefixTests
{
    private readonly Prefix _child = new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = "child", Uid = "child-uid" },
        Spec = new PrefixSpec { IpFamily = "IPv4", PrefixLength = 26, ParentRef = new LocalObjectReference { Name = "parent" } },
    };

    [Fact]
    public void RequestOf_Child_AsksItsParentForWhatItWants()
    {
        PrefixAllocation request = SubPrefix.RequestOf(_child);

        Assert.Equal(("child-", "child-uid"), (request.Metadata.GenerateName, request.Metadata.Labels!["ipam.ironcore.dev/requester-uid"]));
        Assert.Equal(("Prefix", "child-uid", true, true), (request.Metadata.Controller!.Kind, request.Metadata.Controller.Uid, request.Metadata.Controller.Controller, request.Metadata.Controller.BlockOwnerDeletion));
        Assert.Equal(("IPv4", 26, "parent"), (request.Spec.IpFamily, request.Spec.PrefixLength, request.Spec.PrefixRef!.Name));
        Assert.Null(request.Spec.Prefix);
    }

    [Fact]
    public void RequestOf_ChildThatHasItsPrefix_AsksForThatOne()
    {
        _child.Spec.Prefix = "10.0.0.64/26";

        PrefixAllocation request = SubPrefix.RequestOf(_child);

        Assert.Equal(("10.0.0.64/26", null), (request.Spec.Prefix, request.Spec.PrefixLength));
    }

    [Fact]
    public void Of_OneFailedOnePendingOneAllocated_TheAllocatedCountsAndTheOthersGo()
    {
        SubPrefix sub = SubPrefix.Of(_child, [Request("failed", "Failed"), Request("pending", "Pending"), Request("allocated", "Allocated", "10.0.0.0/26")]);

        Assert.Equal("allocated", sub.Active!.Metadata.Name);
        Assert.Equal(["failed", "pending"], sub.Outdated.Select(a => a.Metadata.Name));
    }

    [Fact]
    public void Of_TwoAllocated_NoneGoesBeforeTheSpecNamesOne()
    {
        PrefixAllocation[] both = [Request("a", "Allocated", "10.0.0.0/26"), Request("b", "Allocated", "10.0.0.64/26")];
        SubPrefix open = SubPrefix.Of(_child, both);
        _child.Spec.Prefix = "10.0.0.64/26";
        SubPrefix decided = SubPrefix.Of(_child, both);

        Assert.Empty(open.Outdated);
        Assert.Equal("b", decided.Active!.Metadata.Name);
        Assert.Equal("a", Assert.Single(decided.Outdated).Metadata.Name);
    }

    [Fact]
    public void Of_RequestForSomethingElse_IsOutdated()
    {
        PrefixAllocation longer = Request("longer", "Pending");
        longer.Spec.PrefixLength = 27;
        PrefixAllocation elsewhere = Request("elsewhere", "Pending");
        elsewhere.Spec.PrefixRef!.Name = "other";
        PrefixAllocation family = Request("family", "Pending");
        family.Spec.IpFamily = "IPv6";

        SubPrefix sub = SubPrefix.Of(_child, [longer, elsewhere, family]);

        Assert.Null(sub.Active);
        Assert.Equal(3, sub.Outdated.Count);
    }

    [Fact]
    public void Of_SelectorWhoseParentWasChosen_Matches()
    {
        _child.Spec.ParentRef = null;
        _child.Spec.ParentSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["pool"] = "x" } };
        PrefixAllocation chosen = Request("chosen", "Allocated", "10.0.0.0/26");
        chosen.Spec.PrefixSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["pool"] = "x" } };

        Assert.Equal(chosen, SubPrefix.Of(_child, [chosen]).Active);

        _child.Spec.ParentRef = new LocalObjectReference { Name = "another" };
        Assert.Null(SubPrefix.Of(_child, [chosen]).Active);
    }

    private static PrefixAllocation Request(string name, string phase, string? part = null) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name },
        Spec = new PrefixAllocationSpec { IpFamily = "IPv4", PrefixLength = 26, PrefixRef = new LocalObjectReference { Name = "parent" } },
        Status = new PrefixAllocationStatus { Phase = phase, Prefix = part },
    };
}
