using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Controllers.Ipam;
using Xunit;

namespace Lodestone.Controllers.Tests.Ipam;

public sealed class PrefixCandidatesTests
{
    [Fact]
    public void Choose_SeveralHaveRoom_TheFirstByName() => Assert.Equal("a", Choose([Candidate("b", "10.1.0.0/24"), Candidate("a", "10.0.0.0/24")]));

    [Fact]
    public void Choose_FullForeignFamilyPendingOrDeleting_IsPassedOver()
    {
        Prefix full = Candidate("a", "10.0.0.0/24");
        full.Status!.Used = ["10.0.0.0/25", "10.0.0.128/26", "10.0.0.192/27", "10.0.0.224/28", "10.0.0.240/28"];
        Prefix pending = Candidate("c", "10.2.0.0/24");
        pending.Status!.Phase = "Pending";
        Prefix deleting = Candidate("d", "10.3.0.0/24");
        deleting.Metadata.DeletionTimestamp = DateTimeOffset.UnixEpoch;
        Prefix unlabelled = Candidate("e", "10.4.0.0/24");
        unlabelled.Metadata.Labels = null;

        Assert.Equal("z", Choose([full, Candidate("b", "2001:db8::/64"), pending, deleting, unlabelled, Candidate("y", "10.5.0.0/28"), Candidate("z", "10.6.0.0/24")]));
        Assert.Null(Choose([full, pending]));
    }

    [Fact]
    public void Choose_OthersWaitThere_TheirRoomIsSetAside()
    {
        Prefix[] prefixes = [Candidate("a", "10.0.0.0/27"), Candidate("b", "10.1.0.0/27")];

        Assert.Equal("a", Choose(prefixes, ("a", Ask("first"))));
        Assert.Equal("b", Choose(prefixes, ("a", Ask("first")), ("a", Ask("second"))));
    }

    private static string? Choose(Prefix[] prefixes, params (string Prefix, PrefixAllocation Allocation)[] waiting) =>
        PrefixCandidates.Choose(Ask("new"), prefixes, p => waiting.Where(w => w.Prefix == p.Metadata.Name).Select(w => w.Allocation));

    private static Prefix Candidate(string name, string prefix) => new()
    {
        Metadata = new ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["pool"] = "x" } },
        Spec = new PrefixSpec { IpFamily = prefix.Contains(':') ? "IPv6" : "IPv4", Prefix = prefix },
        Status = new PrefixStatus { Phase = "Allocated" },
    };

    private static PrefixAllocation Ask(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Uid = name },
        Spec = new PrefixAllocationSpec
        {
            IpFamily = "IPv4",
            PrefixLength = 28,
            PrefixSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["pool"] = "x" } },
        },
    };
}
