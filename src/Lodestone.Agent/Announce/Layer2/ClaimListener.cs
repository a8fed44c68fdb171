using System.Net.Sockets;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Linux;
using Lodestone.Linux.Packets;
using Microsoft.Extensions.Logging;

using LinuxMac = Lodestone.Linux.MacAddress;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>Hears who else on the segment claims addresses: ARP packets and neighbour advertisements, which the packet program lets pass to the stack.</summary>
/// <param name="uplink">The device towards the segment, as it is now.</param>
/// <param name="heard">Called for each claim, this machine's own left out.</param>
/// <param name="logger">Where to tell of trouble.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ClaimListener(Func<LocalDevice> uplink, Action<AddressClaim> heard, ILogger logger, TimeProvider time)
{
    /// <summary>More than any packet that counts.</summary>
    private const int BufferBytes = 256;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>Listens until cancelled; anew when the device went down or away.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool isFailing = false;
        while (true)
        {
            LocalDevice device = uplink();
            try
            {
                using PacketSocket arp = PacketSocket.OpenForArp((int)device.Index);
                using PacketSocket advertisements = PacketSocket.OpenForAdvertisements((int)device.Index);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                isFailing = false;
                Task[] listening = [ReceiveAsync(arp, device, stop.Token), ReceiveAsync(advertisements, device, stop.Token)];
                Task first = await Task.WhenAny(listening);
                await stop.CancelAsync();
                await Task.WhenAll(listening).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                await first;
            }
            catch (Exception e) when (e is LinuxException or SocketException && !cancellationToken.IsCancellationRequested)
            {
                if (!isFailing)
                {
                    Log.NotListening(logger, device.Name, e.Message);
                }

                isFailing = true;
            }

            await Task.Delay(RetryInterval, time, cancellationToken);
        }
    }

    private async Task ReceiveAsync(PacketSocket socket, LocalDevice device, CancellationToken cancellationToken)
    {
        LinuxMac own = Macs.ToLinux(device.Mac);
        byte[] buffer = new byte[BufferBytes];
        while (true)
        {
            int length = await socket.ReceiveAsync(buffer, cancellationToken);
            if (AddressClaim.TryParse(buffer.AsSpan(0, length), out AddressClaim claim) && claim.LinkAddress != own)
            {
                heard(claim);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4210, LogLevel.Warning, "Nobody is heard on {Device} who claims our addresses too, which is tried again: {Message}")]
        internal static partial void NotListening(ILogger logger, string device, string message);
    }
}
