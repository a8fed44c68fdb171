using System.Net;
using Lodestone.Agent.Kernel;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Linux;
using Lodestone.Linux.Netlink;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Health;

/// <summary>The veth pair that health checks go by: at one end this machine's sockets, at the other <c>lodestone_probe</c>.</summary>
/// <remarks>
/// The end with the sockets has the addresses that checks come from, and a routing table of its own for what is from them: nothing else of the
/// machine's routing changes. Made when there is something to check, and removed when there is nothing any more. Not thread-safe,
/// but for <see cref="Index"/>.
/// </remarks>
internal sealed partial class ProbeLink(KernelDatapath datapath, TimeProvider time, ILogger logger)
{
    /// <summary>The end that sockets send by.</summary>
    public const string Device = "lodestone-probe";

    private const string FarEnd = "lodestone-hc";

    /// <summary>"LS".</summary>
    private const uint Table = 0x4c53;

    private const uint Priority = 1000;

    /// <summary>Whoever manages the machine's network may remove a rule or route that is not its own.</summary>
    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(10);

    private static readonly (IPAddress Address, int Bits, IPNetwork All)[] Sources =
    [
        (ProbeAddresses.IPv4.ToIPAddress(), 32, IPNetwork.Parse("0.0.0.0/0")),
        (ProbeAddresses.IPv6.ToIPAddress(), 128, IPNetwork.Parse("::/0")),
    ];

    private long? _repairedAt;
    private volatile int _index;
    private string? _failure;

    /// <summary>Index of the end that sockets send by; null while there is none. From any thread.</summary>
    public int? Index => _index == 0 ? null : _index;

    /// <summary>Has the pair be there, or not. What does not succeed is told, and tried again when it is called next.</summary>
    public void Apply(bool isWanted)
    {
        try
        {
            if (!isWanted)
            {
                Remove();
            }
            else if (_index == 0 || _repairedAt is not { } at || time.GetElapsedTime(at) >= RepairInterval)
            {
                Ensure();
                _repairedAt = time.GetTimestamp();
            }

            _failure = null;
        }
        catch (Exception e) when (e is LinuxException or BpfException or IOException)
        {
            if (_failure != e.Message)
            {
                _failure = e.Message;
                Log.Failed(logger, e.Message);
            }
        }
    }

    private void Ensure()
    {
        using RtNetlink netlink = RtNetlink.Open();
        if (!netlink.TryGetLink(Device, out LinkInfo? near) || !netlink.TryGetLink(FarEnd, out LinkInfo? far))
        {
            netlink.AddVeth(new VethEnd(Device), new VethEnd(FarEnd));
            (near, far) = (netlink.GetLink(Device), netlink.GetLink(FarEnd));
        }

        // Whoever is asked for is at the other end: there is nobody to ask.
        netlink.SetLink(near.Index, new LinkSettings { IsUp = true, AsksNeighbours = false });
        netlink.SetLink(far.Index, new LinkSettings { IsUp = true });
        datapath.AttachProbe((uint)far.Index);
        foreach ((IPAddress address, int bits, IPNetwork all) in Sources)
        {
            try
            {
                netlink.AddAddress(near.Index, address, bits);
                netlink.AddRoute(new RouteSettings(all, near.Index) { Table = Table });
                netlink.AddSourceRule(address, Table, Priority);
            }
            catch (NetlinkException e) when (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
            {
                // A machine without IPv6: checks over it are inconclusive.
                Log.NoIPv6(logger, e.Message);
            }
        }

        _index = near.Index;
    }

    private void Remove()
    {
        if (_index == 0 && _repairedAt is not null)
        {
            return;
        }

        using RtNetlink netlink = RtNetlink.Open();
        if (netlink.TryGetLink(Device, out LinkInfo? near))
        {
            datapath.DetachProbe();
            netlink.DeleteLink(near.Index);
            foreach ((IPAddress address, _, _) in Sources)
            {
                netlink.DeleteSourceRule(address, Table, Priority);
            }
        }

        _index = 0;
        _repairedAt = time.GetTimestamp();
    }

    private static partial class Log
    {
        [LoggerMessage(4510, LogLevel.Error, "Targets can't be checked, and keep the health they have: {Message}")]
        internal static partial void Failed(ILogger logger, string message);

        [LoggerMessage(4511, LogLevel.Debug, "Targets can't be checked over IPv6: {Message}")]
        internal static partial void NoIPv6(ILogger logger, string message);
    }
}
