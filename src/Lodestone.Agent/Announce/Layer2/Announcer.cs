using System.Net;
using System.Net.Sockets;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Datapath.Layout;
using Lodestone.Linux;
using Lodestone.Linux.Packets;
using Microsoft.Extensions.Logging;

using LinuxMac = Lodestone.Linux.MacAddress;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>
/// Tells the segment which VIPs are here: an ARP announcement (RFC 5227, 2.3) or unsolicited neighbour advertisement (RFC 4861, 7.2.6)
/// when a VIP is taken over, again two seconds later, and every minute. Questions are answered by the packet program.
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
    private static readonly TimeSpan SecondAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Signal _changed = new();
    private readonly Dictionary<DatapathAddress, (int Times, DateTimeOffset Next)> _due = [];

    /// <summary>Replaces the VIPs to announce. New ones are announced at once.</summary>
    public void Set(IReadOnlyCollection<DatapathAddress> vips)
    {
        lock (_lock)
        {
            foreach (DatapathAddress gone in _due.Keys.Except(vips).ToArray())
            {
                _due.Remove(gone);
                SetMembership(gone, isMember: false);
            }

            foreach (DatapathAddress vip in vips)
            {
                if (_due.TryAdd(vip, (0, time.GetUtcNow())))
                {
                    SetMembership(vip, isMember: true);
                    Log.TakenOver(logger, vip);
                }
            }
        }

        _changed.Raise();
    }

    /// <summary>Announces a VIP once more, where it is announced at all.</summary>
    public void Repeat(DatapathAddress vip)
    {
        lock (_lock)
        {
            if (_due.TryGetValue(vip, out (int Times, DateTimeOffset Next) due))
            {
                _due[vip] = (Math.Max(due.Times, 1), time.GetUtcNow());
            }
        }

        _changed.Raise();
    }

    /// <summary>Asks the segment whether anybody has these VIPs.</summary>
    public void Probe(IReadOnlyCollection<DatapathAddress> vips) => Send(vips, AddressProbe.Build);

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
            DateTimeOffset now = time.GetUtcNow();
            DatapathAddress[] all = [.. _due.Where(vip => vip.Value.Next <= now).OrderBy(vip => vip.Value.Times).Select(vip => vip.Key)];
            DatapathAddress[] due = all[..Math.Min(all.Length, BurstFrames)];
            foreach (DatapathAddress vip in due)
            {
                int times = _due[vip].Times + 1;
                _due[vip] = (times, now + (times == 1 ? SecondAfter : Interval));
            }

            if (due.Length > 0)
            {
                Send(due, FrameOf);
            }

            return due.Length < all.Length ? BurstPause : _due.Count == 0 ? Interval : _due.Values.Min(vip => vip.Next) - now;
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

    /// <summary>Solicitations for an IPv6 VIP go to a multicast MAC address that the card has to let through.</summary>
    private void SetMembership(DatapathAddress vip, bool isMember)
    {
        if (vip.IsIPv4)
        {
            return;
        }

        try
        {
            LinuxMac group = LinuxMac.SolicitedNode(vip.ToIPAddress());
            if (isMember)
            {
                MulticastMembership.Add(uplink().Name, group);
            }
            else if (!_due.Keys.Any(other => !other.IsIPv4 && LinuxMac.SolicitedNode(other.ToIPAddress()) == group))
            {
                MulticastMembership.Remove(uplink().Name, group);
            }
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
    }
}
