using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.LoadBalancers;
using Xunit;

namespace Lodestone.Controllers.Tests.LoadBalancers;

public sealed class DatapathHoldersTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, Host> _hosts = [];

    [Fact]
    public void Of_NoEntries_NobodyHolds() => Assert.Empty(Holders().Names);

    [Fact]
    public void Of_EntriesOfLivingHosts_Hold()
    {
        AddHost("b", "True", "AgentReady", 0);
        AddHost("a", "False", "SomethingElse", 3600);

        DatapathHolders holders = Holders("b", "a");

        Assert.Equal(["a", "b"], holders.Names);
        Assert.Empty(holders.Lapsed);
        Assert.Null(holders.RetryAfter);
    }

    [Fact]
    public void Of_HostThatIsGone_DoesNotHold() => Assert.Empty(Holders("gone").Names);

    [Theory]
    [InlineData(0, 61)]
    [InlineData(60, 1)]
    [InlineData(61, null)]
    [InlineData(3600, null)]
    public void Of_LeaseThatLapsed_HoldsForTheQuarantine(int secondsAgo, int? secondsLeft)
    {
        AddHost("a", "False", "LeaseExpired", secondsAgo);

        DatapathHolders holders = Holders("a");

        Assert.Equal(secondsLeft is null ? [] : ["a"], holders.Names);
        Assert.Equal(holders.Names, holders.Lapsed);
        Assert.Equal(secondsLeft is { } left ? TimeSpan.FromSeconds(left) : null, holders.RetryAfter);
    }

    [Fact]
    public void Of_SeveralThatLapsed_LooksAgainWhenTheFirstIsThrough()
    {
        AddHost("a", "False", "LeaseExpired", 10);
        AddHost("b", "False", "LeaseExpired", 50);
        AddHost("c", "False", "LeaseExpired", 100);

        DatapathHolders holders = Holders("a", "b", "c");

        Assert.Equal(["a", "b"], holders.Names);
        Assert.Equal(TimeSpan.FromSeconds(11), holders.RetryAfter);
    }

    private void AddHost(string name, string status, string reason, int secondsAgo) => _hosts[name] = new Host
    {
        Metadata = new ObjectMeta { Name = name },
        Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = status, Reason = reason, LastTransitionTime = Now.AddSeconds(-secondsAgo) }] },
    };

    private DatapathHolders Holders(params string[] entries) => DatapathHolders.Of(
        new LoadBalancer { Status = new LoadBalancerStatus { Gateways = [.. entries.Select(e => new LoadBalancerGateway { Name = e })] } },
        name => _hosts.GetValueOrDefault(name),
        Quarantine,
        Now);
}
