using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Controllers.Addresses;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Controllers.Tests.Addresses;

public sealed class AddressReleaseControllerTests
{
    [Theory]
    [InlineData(0, 60)]
    [InlineData(40, 20)]
    [InlineData(59, 1)]
    public async Task Reconcile_InQuarantine_LooksAgainWhenTheRestIsOver(int elapsedSeconds, int expectedSeconds)
    {
        var time = new FakeTimeProvider();
        var addresses = new FakeLister<IPAddress>();
        var address = new IPAddress
        {
            Metadata = new ObjectMeta { Name = "203.0.113.7" },
            Spec = new IPAddressSpec
            {
                Ip = "203.0.113.7",
                ClaimRef = new ClaimRef { Group = ResourceDefinitions.NetworkingGroup, Resource = "loadbalancers", Namespace = "default", Name = "web", Uid = "uid" },
            },
            Status = new IPAddressStatus { ReleasedAt = time.GetUtcNow() },
        };
        addresses.Set(address);
        time.Advance(TimeSpan.FromSeconds(elapsedSeconds));
        var controller = new AddressReleaseController(
            addresses, new FakeLister<LoadBalancer>(), null!, new ControllerOptions { AddressQuarantine = TimeSpan.FromSeconds(60) }, time);

        ReconcileResult result = await controller.ReconcileAsync(address.Key, TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(expectedSeconds), result.After);
    }
}
