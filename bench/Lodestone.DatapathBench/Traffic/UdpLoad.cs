using System.Net;
using System.Net.Sockets;

using Lodestone.Linux.Packets;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>Small datagrams from a site's client as fast as it can, over many flows; counted where they arrive.</summary>
internal static class UdpLoad
{
    private const int Flows = 256;
    private const int Burst = 16;
    private const int PayloadBytes = 18; // 60 bytes with all headers, the least that Ethernet carries

    /// <summary>Datagrams per second that reached the servers, and how many of those sent did not.</summary>
    public static async Task<(double PerSecond, long Lost)> RunAsync(TrafficSite site, int seconds, TimeProvider time, CancellationToken cancellationToken)
    {
        Socket[] sockets = site.Lab.Client.Namespace.Run(() => Enumerable.Range(0, Flows).Select(i =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(site.Addresses[i % site.Addresses.Count], TrafficSite.UdpPort));
            return socket;
        }).ToArray());
        try
        {
            Send(sockets, TimeSpan.FromMilliseconds(200), time, cancellationToken);
            long before = site.CountDatagrams();
            long start = time.GetTimestamp();
            long sent = await Task.Run(() => Send(sockets, TimeSpan.FromSeconds(seconds), time, cancellationToken), cancellationToken);

            // What the last burst left on the way.
            await Task.Delay(50, cancellationToken);
            long arrived = site.CountDatagrams() - before;
            double took = time.GetElapsedTime(start).TotalSeconds;
            return arrived > 0 ? (arrived / took, Math.Max(0, sent - arrived)) : throw new InvalidOperationException($"of {sent} datagrams none arrived by way of {site.Name}");
        }
        finally
        {
            foreach (Socket socket in sockets)
            {
                socket.Dispose();
            }
        }
    }

    private static long Send(Socket[] sockets, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        byte[] payload = new byte[PayloadBytes];
        long start = time.GetTimestamp();
        long sent = 0;
        while (time.GetElapsedTime(start) < duration)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (Socket socket in sockets)
            {
                sent += DatagramBurst.Send(socket, payload, Burst);
            }
        }

        return sent;
    }
}
