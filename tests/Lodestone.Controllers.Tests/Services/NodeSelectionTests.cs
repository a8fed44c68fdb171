using Lodestone.Api.Cluster;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Services;
using Xunit;

namespace Lodestone.Controllers.Tests.Services;

/// <summary>Which nodes take a Service's flows.</summary>
public sealed class NodeSelectionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(40);

    [Fact]
    public void Of_ClusterPolicy_EveryReadyNodeWithAnAgent()
    {
        NodeSelection selection = Select(Cases.Service(), [Cases.Node("a"), Cases.Node("b"), Cases.Node("without-agent"), Cases.Node("sick", "Unknown")]);

        Assert.Equal(["a", "b"], NamesOf(selection));
        Assert.Equal(["a", "b"], selection.Live.Order());
        Assert.Null(selection.Finding);
        Assert.Null(selection.LookAgain);
    }

    [Fact]
    public void Of_ExcludedDeletedAndDoomedNodes_TakeNothingNewButLive()
    {
        Node deleted = Cases.Node("b");
        deleted.Metadata.DeletionTimestamp = Now;
        Node doomed = Cases.Node("c");
        doomed.Spec = new NodeSpec { Taints = [new NodeTaint { Key = NodeSelection.RemovalTaint, Effect = "NoSchedule" }] };
        NodeSelection selection = Select(Cases.Service(), [Cases.Node("a", "True", NodeSelection.ExcludeLabel), deleted, doomed, Cases.Node("d")]);

        Assert.Equal(["d"], NamesOf(selection));
        Assert.Equal(["a", "b", "c", "d"], selection.Live.Order());
    }

    [Fact]
    public void Of_LocalPolicy_OnlyNodesWithReadyEndpoints()
    {
        EndpointSlice slice = Cases.Slice("web", ("a", true, true, false), ("b", false, true, true), ("c", false, false, false), ("d", null, null, null));
        NodeSelection selection = Select(Cases.Service("web", s => s.ExternalTrafficPolicy = "Local"), [.. "abcde".Select(n => Cases.Node(n.ToString()))], slice);

        Assert.Equal(["a", "d"], NamesOf(selection));
        // What terminates still answers the connections it has; where nobody answers there is nothing to keep.
        Assert.Equal(["a", "b", "d"], selection.Live.Order());
    }

    [Fact]
    public void Of_LocalPolicyWithoutEndpoints_NobodyAndWhy()
    {
        NodeSelection selection = Select(Cases.Service("web", s => s.ExternalTrafficPolicy = "Local"), [Cases.Node("a")]);

        Assert.Empty(selection.Targets);
        Assert.Equal("NoEndpoints", selection.Finding?.Reason);
    }

    [Fact]
    public void Of_NoNodeReady_AllStay()
    {
        NodeSelection selection = Select(Cases.Service(), [Cases.Node("a", "Unknown"), Cases.Node("b", "False"), Cases.Node("c", "Unknown", NodeSelection.ExcludeLabel)]);

        Assert.Equal(["a", "b"], NamesOf(selection));
        Assert.Equal(["a", "b"], selection.Live.Order());
    }

    [Theory]
    [InlineData(10, true, 30)]
    [InlineData(40, false, null)]
    [InlineData(500, false, null)]
    public void Of_SilentAgent_StaysForTheGrace(int silentSeconds, bool stays, int? lookAgainSeconds)
    {
        Host silent = Cases.Silent("b", Now.AddSeconds(-silentSeconds));
        var selection = NodeSelection.Of(
            Cases.Service(), [Cases.Node("a"), Cases.Node("b")], name => name == "b" ? silent : Cases.Host(name, "192.0.2.9"), [], Grace, Now);

        Assert.Equal(stays ? ["a", "b"] : ["a"], NamesOf(selection));
        Assert.Equal(lookAgainSeconds, selection.LookAgain?.TotalSeconds);
    }

    [Fact]
    public void Of_NoAgents_SaysSo()
    {
        var selection = NodeSelection.Of(Cases.Service(), [Cases.Node("a")], _ => null, [], Grace, Now);

        Assert.Equal("NoNodes", selection.Finding?.Reason);
        Assert.Contains("run the agents", selection.Finding!.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Matters_HeartbeatsAndReports_DoNot()
    {
        Assert.False(NodeSelection.Matters(Cases.Node("a"), Cases.Node("a", "True", "other-label")));
        Assert.True(NodeSelection.Matters(Cases.Node("a"), Cases.Node("a", "Unknown")));
        Assert.True(NodeSelection.Matters(Cases.Node("a"), Cases.Node("a", "True", NodeSelection.ExcludeLabel)));
        Host reported = Cases.Host("a", "192.0.2.1");
        reported.Status = new HostStatus { TableFingerprint = "0123456789abcdef" };
        Assert.False(NodeSelection.Matters(Cases.Host("a", "192.0.2.1"), reported));
        Assert.True(NodeSelection.Matters(Cases.Host("a", "192.0.2.1"), Cases.Host("a", "192.0.2.2")));
        Assert.True(NodeSelection.Matters(Cases.Host("a", "192.0.2.1"), Cases.Silent("a", Now)));
    }

    private static NodeSelection Select(Service service, Node[] nodes, params EndpointSlice[] slices) =>
        NodeSelection.Of(service, nodes, name => name == "without-agent" ? null : Cases.Host(name, "192.0.2.1"), slices, Grace, Now);

    private static IEnumerable<string?> NamesOf(NodeSelection selection) => selection.Targets.Select(h => h.Metadata.Name);
}
