using System.Net;
using System.Net.Sockets;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Datapath.Layout;
using Lodestone.Linux;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;
using Microsoft.Extensions.Logging;

using LinuxMac = Lodestone.Linux.MacAddress;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>
/// Tells the segment which VIPs are here: an ARP announcement (RFC 5227, 2.3) or unsolicited neighbour advertisement (RFC 4861, 7.2.6)
/// when a VIP is taken over, again two seconds later, and every minute. Every minute it also asks for each: a machine that was given the
/// same address answers, and may never have said so before, or when its switch port did not forward yet. Questions are answered by the packet program.
/// </summary>
/// <remarks>
/// Frames go out in bursts of <see cref="BurstFrames"/>, a millisecond apart: thousands of VIPs that are taken over at once flood neither switch nor
/// router, and N of them take N / 64 ms. VIPs that were not announced yet come first.
/// </remarks>
internal sealed partial class Announcer(Func<LocalDevice> uplink, ILogger logger, TimeProvider time) : IDisposable
{
    /// <summary>Frames that are sent without a pause.</summary>
    internal const int BurstFrames = 64;

    private static readonly TimeSpan BurstPause = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly Signal _changed = new();
    private readonly AnnouncementSchedule _schedule = new(time);

    /// <summary>How many IPv6 VIPs need each multicast group.</summary>
    private readonly Dictionary<LinuxMac, int> _groups = [];

    /// <summary>Takes note of VIPs to announce, which are at once, and of those that are not to be announced any more.</summary>
    public void Change(AddressChange change)
    {
        if (change.IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            foreach (DatapathAddress vip in change.Gone)
            {
                if (_schedule.Remove(vip))
                {
                    Leave(vip);
                }
            }

            foreach (DatapathAddress vip in change.Come)
            {
                if (_schedule.Add(vip))
                {
                    Join(vip);
                    Log.TakenOver(logger, vip);
                }
            }
        }

        _changed.Raise();
    }

    /// <summary>Announces a VIP again, as at a take-over, where it is announced at all.</summary>
    /// <param name="vip">The VIP.</param>
    /// <param name="after">How long from now.</param>
    public void Repeat(DatapathAddress vip, TimeSpan after)
    {
        lock (_lock)
        {
            _schedule.Repeat(vip, after);
        }

        _changed.Raise();
    }

    /// <summary>Asks the segment whether anybody has these VIPs, which are not announced yet: also of who is about to use one, and asks for the same (RFC 5227, 2.1.1; RFC 4862, 5.4.3).</summary>
    public void Probe(IReadOnlyCollection<DatapathAddress> vips) => Send(vips, AddressProbe.Build);

    /// <summary>Asks the segment whether anybody else has these VIPs, so that the answer takes none from who announces it. IPv6 ones need a link-local address to ask from.</summary>
    public void Ask(IReadOnlyCollection<DatapathAddress> vips)
    {
        IPAddress? asker = vips.Any(vip => !vip.IsIPv4) ? FindLinkLocal() : null;
        Send(
            asker is null ? [.. vips.Where(vip => vip.IsIPv4)] : vips,
            (mac, vip) => vip.AddressFamily == AddressFamily.InterNetwork ? AddressProbe.Build(mac, vip) : AddressProbe.BuildFrom(mac, asker!, vip));
    }

    /// <summary>Sends until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _changed.WaitAsync(SendDue(), time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    /// <summary>The frame that announces a VIP.</summary>
    internal static byte[] FrameOf(LinuxMac mac, IPAddress vip) => vip.AddressFamily == AddressFamily.InterNetwork
        ? GratuitousArp.BuildAnnouncement(mac, vip)
        : UnsolicitedNeighbourAdvertisement.Build(mac, vip);

    /// <summary>Sends a burst of what is due; returns how long until the next.</summary>
    internal TimeSpan SendDue()
    {
        lock (_lock)
        {
            List<DatapathAddress> due = _schedule.Take(BurstFrames);
            if (due.Count > 0)
            {
                Send(due, FrameOf);
            }

            List<DatapathAddress> asked = due.FindAll(_schedule.IsRegular);
            if (asked.Count > 0)
            {
                Ask(asked);
            }

            TimeSpan wait = _schedule.UntilNext();
            return wait > TimeSpan.Zero ? wait : BurstPause;
        }
    }

    private void Send(IReadOnlyCollection<DatapathAddress> vips, Func<LinuxMac, IPAddress, byte[]> frameOf)
    {
        LocalDevice device = uplink();
        try
        {
            using PacketSocket socket = PacketSocket.Open((int)device.Index);
            foreach (DatapathAddress vip in vips)
            {
                socket.Send(frameOf(Macs.ToLinux(device.Mac), vip.ToIPAddress()));
            }
        }
        catch (LinuxException e)
        {
            Log.NotSent(logger, vips.Count, device.Name, e.Message);
        }
    }

    /// <summary>The uplink's link-local address, from which every machine of the segment can be asked and can answer; null where it has none.</summary>
    private IPAddress? FindLinkLocal()
    {
        LocalDevice device = uplink();
        try
        {
            using RtNetlink netlink = RtNetlink.Open();
            return netlink.GetAddresses((int)device.Index).Select(a => a.Address).FirstOrDefault(a => a.IsIPv6LinkLocal);
        }
        catch (LinuxException e)
        {
            Log.NotAsked(logger, device.Name, e.Message);
            return null;
        }
    }

    /// <summary>Solicitations for an IPv6 VIP go to a multicast MAC address that the card has to let through.</summary>
    private void Join(DatapathAddress vip)
    {
        if (!vip.IsIPv4)
        {
            LinuxMac group = LinuxMac.SolicitedNode(vip.ToIPAddress());
            _groups[group] = _groups.GetValueOrDefault(group) + 1;
            TrySetMembership(vip, () => MulticastMembership.Add(uplink().Name, group));
        }
    }

    private void Leave(DatapathAddress vip)
    {
        if (!vip.IsIPv4 && LinuxMac.SolicitedNode(vip.ToIPAddress()) is var group && --_groups[group] == 0)
        {
            _groups.Remove(group);
            TrySetMembership(vip, () => MulticastMembership.Remove(uplink().Name, group));
        }
    }

    private void TrySetMembership(DatapathAddress vip, Action set)
    {
        try
        {
            set();
        }
        catch (LinuxException e)
        {
            Log.NoMulticast(logger, vip, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4200, LogLevel.Information, "VIP {Vip} is announced here")]
        internal static partial void TakenOver(ILogger logger, DatapathAddress vip);

        [LoggerMessage(4201, LogLevel.Warning, "{Count} VIPs could not be announced on {Device}: {Message}")]
        internal static partial void NotSent(ILogger logger, int count, string device, string message);

        [LoggerMessage(4202, LogLevel.Warning, "Neighbour solicitations for {Vip} may not arrive: {Message}")]
        internal static partial void NoMulticast(ILogger logger, DatapathAddress vip, string message);

        [LoggerMessage(4203, LogLevel.Warning, "Nobody is asked for IPv6 VIPs on {Device}, whose addresses can't be read: {Message}")]
        internal static partial void NotAsked(ILogger logger, string device, string message);
    }
}
