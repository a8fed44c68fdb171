using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

using Lodestone.Linux;
using Lodestone.Linux.Packets;

namespace Lodestone.Cli.Lab;

/// <summary>A machine of the segment that asks who has an address, hears who says so, and may lie itself.</summary>
internal sealed class SegmentObserver : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(300);

    private readonly PacketSocket _sender;
    private readonly PacketSocket _arp;
    private readonly PacketSocket _advertisements;
    private readonly MacAddress _own;

    public SegmentObserver(LabNode node)
    {
        _sender = PacketSocket.Open(node.DeviceIndex, node.Namespace);
        _arp = PacketSocket.OpenForArp(node.DeviceIndex, node.Namespace);
        _advertisements = PacketSocket.OpenForAdvertisements(node.DeviceIndex, node.Namespace);
        _own = node.LinkAddress;
    }

    /// <summary>Everybody who answers for an address.</summary>
    public async Task<MacAddress[]> OwnersAsync(IPAddress address, CancellationToken cancellationToken)
    {
        _sender.Send(AddressProbe.Build(_own, address));
        return [.. (await ClaimsAsync(address, AnswerTime, cancellationToken)).Where(claim => claim.Address.Equals(address)).Select(claim => claim.LinkAddress).Distinct()];
    }

    /// <summary>Claims an address for another machine.</summary>
    public void Claim(IPAddress address, MacAddress claimant) => _sender.Send(address.AddressFamily == AddressFamily.InterNetwork
        ? GratuitousArp.BuildAnnouncement(claimant, address)
        : UnsolicitedNeighbourAdvertisement.Build(claimant, address));

    /// <summary>Claims an address for another machine, and waits for the first claim of somebody else; how long that took.</summary>
    public async Task<TimeSpan> ProvokeAsync(IPAddress address, MacAddress claimant, TimeSpan limit, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        Claim(address, claimant);
        while (Stopwatch.GetElapsedTime(began) < limit)
        {
            if ((await ClaimsAsync(address, TimeSpan.FromMilliseconds(50), cancellationToken)).Exists(claim => claim.Address.Equals(address) && claim.LinkAddress != claimant))
            {
                return Stopwatch.GetElapsedTime(began);
            }
        }

        throw new TimeoutException($"nobody defended {address} within {limit.TotalSeconds} s");
    }

    /// <summary>Closes the sockets.</summary>
    public void Dispose()
    {
        _sender.Dispose();
        _arp.Dispose();
        _advertisements.Dispose();
    }

    private async Task<List<AddressClaim>> ClaimsAsync(IPAddress address, TimeSpan time, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(time);
        PacketSocket socket = address.AddressFamily == AddressFamily.InterNetwork ? _arp : _advertisements;
        List<AddressClaim> claims = [];
        byte[] buffer = new byte[2048];
        try
        {
            while (true)
            {
                int length = await socket.ReceiveAsync(buffer, end.Token);
                if (AddressClaim.TryParse(buffer.AsSpan(0, length), out AddressClaim claim) && claim.LinkAddress != _own)
                {
                    claims.Add(claim);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return claims;
        }
    }
}
