using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Addresses that Internal load balancers choose themselves: one holder each within a network.</summary>
public sealed class InternalAddressTests
{
    [Fact]
    public async Task Internal_AddressOfAnInterface_IsRefusedNamingItUntilItGoes()
    {
        await using World world = await World.StartAsync();
        await NetworkAsync(world);
        NetworkInterface nic = await world.InterfaceAsync("nic-a", ["10.0.0.100"]);

        // Kinds are watched apart: only who selects the interface shows that the controllers know of it.
        await world.LoadBalancerAsync("other");
        await world.SeesAsync<LoadBalancerRouting>("other", r => r.Destinations is { Count: 1 }, "the interface");
        await world.LoadBalancerAsync("web", l => MakeInternal(l, "10.0.0.100"));

        LoadBalancer refused = await world.SeesAsync<LoadBalancer>("web", l => Reason(l) == "AddressConflict", "the conflict");
        Assert.Contains("NetworkInterface nic-a", refused.Status!.Conditions.Of("AddressesAllocated")!.Message, StringComparison.Ordinal);
        await world.EventAsync("web", "AddressConflict");
        Assert.Null(refused.Status.Ips);
        Assert.Empty(await world.Client.ListAsync<IPAddress>(new Client.Http.ListOptions(), Token));

        await world.Client.DeleteAsync<NetworkInterface>(nic.Key, null, Token);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.100"], "the address");
    }

    [Fact]
    public async Task Internal_InterfaceComesLaterWithItsAddress_LoadBalancerKeepsIt()
    {
        await using World world = await World.StartAsync();
        await NetworkAsync(world);
        LoadBalancer lb = await world.LoadBalancerAsync("web", l => MakeInternal(l, "10.0.0.100"));
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.100"], "the address");

        await world.CreateAsync(new NetworkInterface
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "late" },
            Spec = new NetworkInterfaceSpec { NetworkRef = new LocalObjectReference { Name = "net" }, Ips = [new IpSource { Value = "10.0.0.100" }] },
        });
        await world.Client.UpdateAsync(lb, l => l.Metadata.Labels = new() { ["touched"] = "yes" }, Token);
        await world.LoadBalancerAsync("other", l => MakeInternal(l, "10.0.0.101"));

        await world.SeesAsync<LoadBalancer>("other", l => l.Status?.Ips is ["10.0.0.101"], "its address");
        Assert.Equal(["10.0.0.100"], (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips!);
    }

    [Fact]
    public async Task Internal_AddressChanged_NewOneIsTakenAndOldOneGivenBack()
    {
        await using World world = await World.StartAsync();
        Network network = await NetworkAsync(world);
        LoadBalancer lb = await world.LoadBalancerAsync("web", l => MakeInternal(l, "10.0.0.100"));
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.100"], "the address");

        await world.Client.UpdateAsync(lb, l => l.Spec.Ips = [new IpSource { Value = "10.0.0.101" }], Token);

        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.101"], "the new address");
        await world.GoneAsync<IPAddress>($"{network.Metadata.Uid}.10.0.0.100", ns: "");
        Assert.NotNull(await world.FindAsync<IPAddress>($"{network.Metadata.Uid}.10.0.0.101", ns: ""));
    }

    [Fact]
    public async Task Internal_ChangedToAnAddressThatIsTaken_OldOneIsServedUntilTheNewOneIsFree()
    {
        await using World world = await World.StartAsync();
        Network network = await NetworkAsync(world);
        LoadBalancer lb = await world.LoadBalancerAsync("web", l => MakeInternal(l, "10.0.0.100"));
        LoadBalancer other = await world.LoadBalancerAsync("other", l => MakeInternal(l, "10.0.0.101"));
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.100"], "the address");
        await world.SeesAsync<LoadBalancer>("other", l => l.Status?.Ips is ["10.0.0.101"], "the address");

        await world.Client.UpdateAsync(lb, l => l.Spec.Ips = [new IpSource { Value = "10.0.0.101" }], Token);

        LoadBalancer refused = await world.SeesAsync<LoadBalancer>("web", l => Reason(l) == "AddressConflict", "the conflict");
        Assert.Equal(["10.0.0.100"], refused.Status!.Ips!);
        Assert.EndsWith("; 10.0.0.100 is served until then", refused.Status.Conditions.Of("AddressesAllocated")!.Message, StringComparison.Ordinal);
        Assert.Null((await world.FindAsync<IPAddress>($"{network.Metadata.Uid}.10.0.0.100", ns: ""))!.Status?.ReleasedAt);

        await world.Client.DeleteAsync<LoadBalancer>(other.Key, null, Token);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.101"], "the new address");
        await world.GoneAsync<IPAddress>($"{network.Metadata.Uid}.10.0.0.100", ns: "");
    }

    [Fact]
    public async Task Internal_FamilyAddedAndTakenAway_OnlyThatAddressChanges()
    {
        await using World world = await World.StartAsync();
        Network network = await NetworkAsync(world);
        LoadBalancer lb = await world.LoadBalancerAsync("web", l => MakeInternal(l, "10.0.0.100"));
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.100"], "the address");

        await world.Client.UpdateAsync(lb, l => MakeInternal(l, "10.0.0.100", "fd00::100"), Token);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.100", "fd00::100"], "both");
        await world.Client.UpdateAsync(lb, l => MakeInternal(l, "fd00::100"), Token);

        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["fd00::100"], "one");
        await world.GoneAsync<IPAddress>($"{network.Metadata.Uid}.10.0.0.100", ns: "");
    }

    [Fact]
    public async Task Internal_SameAddressInTwoNetworks_BothHaveIt()
    {
        await using World world = await World.StartAsync();
        await NetworkAsync(world);
        await NetworkAsync(world, "other");
        await world.LoadBalancerAsync("web", l => MakeInternal(l, "10.0.0.100"));
        await world.LoadBalancerAsync("web-other", l =>
        {
            MakeInternal(l, "10.0.0.100");
            l.Spec.NetworkRef = new LocalObjectReference { Name = "other" };
        });

        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["10.0.0.100"], "the address");
        await world.SeesAsync<LoadBalancer>("web-other", l => l.Status?.Ips is ["10.0.0.100"], "the address");
    }

    // Of two that only want it, the older has it: the agent of a younger interface refuses it.
    [Theory]
    [InlineData(true, "AddressConflict")]
    [InlineData(false, "Allocated")]
    public async Task Internal_UnboundInterfaceWantsItsAddress_TheOlderHasIt(bool isInterfaceOlder, string expected)
    {
        await using World world = await World.StartAsync();
        Network network = await NetworkAsync(world);
        var nic = new NetworkInterface
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "nic-a" },
            Spec = new NetworkInterfaceSpec { NetworkRef = new LocalObjectReference { Name = "net" }, Ips = [new IpSource { Value = "fd00:0::100" }] },
        };
        await world.StopControllersAsync();
        if (isInterfaceOlder)
        {
            await OfAnotherSecondAsync(world, await world.CreateAsync(nic));
        }

        LoadBalancer lb = await world.LoadBalancerAsync("web", l => MakeInternal(l, "fd00::100"));
        if (!isInterfaceOlder)
        {
            await OfAnotherSecondAsync(world, lb);
            await world.CreateAsync(nic);
        }

        world.StartControllers();

        await world.SeesAsync<LoadBalancer>("web", l => Reason(l) == expected, expected);
        Assert.Equal(expected == "Allocated", await world.FindAsync<IPAddress>($"{network.Metadata.Uid}.fd00-0000-0000-0000-0000-0000-0000-0100", ns: "") is not null);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string? Reason(LoadBalancer lb) => lb.Status?.Conditions.Of("AddressesAllocated")?.Reason;

    private static async Task<Network> NetworkAsync(World world, string name = "net")
    {
        await world.NetworkAsync(name);
        return await world.SeesAsync<Network>(name, n => n.Status?.State == "Available", "the network");
    }

    /// <summary>Waits until objects are created with a later creation time than this one; they have whole seconds.</summary>
    private static async Task OfAnotherSecondAsync(World world, KubernetesObject than)
    {
        while (true)
        {
            Network probe = await world.CreateAsync(new Network { Metadata = new ObjectMeta { Namespace = "default", GenerateName = "probe-" } });
            if (probe.Metadata.CreationTimestamp > than.Metadata.CreationTimestamp)
            {
                return;
            }

            await Task.Delay(50, Token);
        }
    }

    private static void MakeInternal(LoadBalancer lb, params string[] ips)
    {
        lb.Spec.Type = "Internal";
        lb.Spec.IpFamilies = [.. ips.Select(i => i.Contains(':', StringComparison.Ordinal) ? "IPv6" : "IPv4")];
        lb.Spec.Ips = [.. ips.Select(i => new IpSource { Value = i })];
    }
}
