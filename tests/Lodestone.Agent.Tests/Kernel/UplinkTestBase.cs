using Lodestone.Agent.Kernel;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>A machine with an uplink, at its other end a client that is the target of a VIP too, and room for pins.</summary>
public abstract class UplinkTestBase : IDisposable
{
    private protected const string Vip = "198.51.100.1";

    private readonly string _name;

    /// <param name="prefix">Five letters that names begin with.</param>
    /// <param name="mtu">Of the uplink.</param>
    /// <param name="ports">Of the VIP's load balancer.</param>
    private protected UplinkTestBase(string prefix, int mtu, params LoadBalancerPort[] ports)
    {
        Privilege.RequireRoot();
        if (!BpfFileSystem.IsMountedAt())
        {
            BpfFileSystem.Mount();
        }

        _name = $"{prefix}-{Guid.NewGuid():N}"[..14];
        Machine = NetworkNamespace.Create(_name);
        Client = NetworkNamespace.Create($"{_name}c");
        Pins = new DatapathPins(Path.Combine(BpfFileSystem.DefaultPath, _name));
        UplinkLab.Connect(Machine, Client, mtu);
        World.Uplink = Machine.Run(() => UplinkLab.Device("uplink"));
        NetworkInterface nic = World.AddNic("b", 2, "host-b");
        LoadBalancer lb = World.AddLoadBalancer("web", Vip);
        lb.Spec.Ports = [.. ports];
        World.Route(lb, nic);
        UplinkLab.AddressClient(Client, UnderlayAddress.Derive(World.PrefixOf(2), nic.Metadata.Uid!), Vip);
    }

    private protected NetworkNamespace Machine { get; }

    private protected NetworkNamespace Client { get; }

    private protected DatapathPins Pins { get; }

    private protected World World { get; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        Machine.Run(Pins.Remove);
        Machine.Dispose();
        Client.Dispose();
        NetworkNamespace.Delete($"{_name}c");
        NetworkNamespace.Delete(_name);
        GC.SuppressFinalize(this);
    }
}
