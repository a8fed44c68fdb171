using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Packets;
using Lodestone.TestKit.Packets;

namespace Lodestone.EndToEnd.Tests.Soak;

/// <summary>Numbered packets of UDP, through sockets and answered, and of SCTP, made by hand, since the kernel need not have it. Each flow opens once and goes on.</summary>
internal sealed class SequenceTraffic : IAsyncDisposable
{
    public const int UdpPort = 7000;
    public const int SctpPort = 9000;

    private const int FlowsEach = 6;
    private const int FirstSctpPort = 20000;
    private const int ChunkAndHeader = 32;
    private const byte Sctp = 132;
    private const int IPv4Header = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<IDisposable> _sockets = [];
    private readonly List<Task> _running = [];
    private readonly List<SequenceFlow> _udp = [];
    private readonly Dictionary<(AddressFamily Family, int Port), SequenceFlow> _sctp = [];

    public IReadOnlyList<SequenceFlow> Udp => _udp;

    public IReadOnlyCollection<SequenceFlow> Sctps => _sctp.Values;

    /// <summary>Has a workload that owns the VIPs answer UDP and hear SCTP.</summary>
    public void Listen(LabWorkload workload, IReadOnlyList<IPAddress> vips)
    {
        workload.Namespace.Run(() =>
        {
            foreach (IPAddress vip in vips)
            {
                // Bound to the VIP, so that the answer comes from it.
                var udp = new Socket(vip.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                udp.Bind(new IPEndPoint(vip, UdpPort));
                Socket sctp = RawIpSocket.Open(vip.AddressFamily, Sctp);
                sctp.ReceiveBufferSize = 1 << 20;
                _sockets.AddRange([udp, sctp]);
                _running.Add(Task.Run(() => AnswerAsync(udp, workload.Name)));
                _running.Add(Task.Run(() => HearAsync(sctp, workload.Name)));
            }
        });
    }

    /// <summary>Opens the flows and lets them go on.</summary>
    public void Start(NetworkLab lab, IReadOnlyList<IPAddress> vips)
    {
        LabNode client = lab.Client;
        PacketSocket raw = PacketSocket.Open(client.DeviceIndex, client.Namespace);
        _sockets.Add(raw);
        foreach (IPAddress vip in vips)
        {
            for (int i = 0; i < FlowsEach; i++)
            {
                Socket socket = client.Namespace.Run(() =>
                {
                    var made = new Socket(vip.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                    made.Connect(new IPEndPoint(vip, UdpPort));
                    return made;
                });
                var flow = new SequenceFlow($"UDP flow {i} to {vip}");
                _udp.Add(flow);
                _sockets.Add(socket);
                _running.Add(Task.Run(() => SendUdpAsync(socket, flow)));
                _running.Add(Task.Run(() => TakeAnswersAsync(socket, flow)));

                int port = FirstSctpPort + i;
                var sctp = new SequenceFlow($"SCTP flow {port} to {vip}");
                _sctp.Add((vip.AddressFamily, port), sctp);
                IPAddress source = vip.AddressFamily == AddressFamily.InterNetwork ? client.Ipv4 : client.Ipv6;
                string headers = $"eth {client.LinkAddress} > {lab.HostA.LinkAddress} / {(vip.AddressFamily == AddressFamily.InterNetwork ? "ip4" : "ip6")} {source} > {vip} / sctp {port} > {SctpPort}";
                _running.Add(Task.Run(() => SendSctpAsync(raw, headers, sctp)));
            }
        }
    }

    /// <summary>Stops sending and waits for what is under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None);
    }

    /// <summary>Stops; no packet of UDP may be missing, and no flow may have moved.</summary>
    public async Task AssertNoneLostAsync()
    {
        await StopAsync();
        Assert.NotEmpty(Udp);
        Assert.All(Udp, flow => Assert.True(flow is { Sent: > 20, Missing: 0, Moved: null }, $"{flow.Name}: {flow.Missing} of {flow.Sent} packets lost; {flow.Moved}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (IDisposable socket in _sockets)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task SendUdpAsync(Socket socket, SequenceFlow flow)
    {
        byte[] packet = new byte[64];
        while (!_stop.IsCancellationRequested)
        {
            BinaryPrimitives.WriteUInt32BigEndian(packet, flow.Next());
            try
            {
                await socket.SendAsync(packet);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.NetworkUnreachable or SocketError.HostUnreachable)
            {
                // Without a route the packet is lost, which is what is counted.
            }

            await PauseAsync();
        }
    }

    private async Task SendSctpAsync(PacketSocket raw, string headers, SequenceFlow flow)
    {
        string chunk = "init";
        while (!_stop.IsCancellationRequested)
        {
            raw.Send(PacketText.Parse($"{headers} {chunk} / hex {flow.Next():x8}"));
            chunk = "data";
            await PauseAsync();
        }
    }

    private Task PauseAsync() => Task.Delay(Pause, TimeProvider.System, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);

    private static async Task AnswerAsync(Socket socket, string name)
    {
        byte[] suffix = System.Text.Encoding.ASCII.GetBytes(name);
        byte[] buffer = new byte[256];
        var any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        await UntilClosedAsync(async () =>
        {
            SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, any);
            suffix.CopyTo(buffer.AsSpan(4));
            await socket.SendToAsync(buffer.AsMemory(0, 4 + suffix.Length), received.RemoteEndPoint);
        });
    }

    private static async Task TakeAnswersAsync(Socket socket, SequenceFlow flow)
    {
        byte[] buffer = new byte[256];
        await UntilClosedAsync(async () =>
        {
            int length = await socket.ReceiveAsync(buffer);
            flow.Got(BinaryPrimitives.ReadUInt32BigEndian(buffer), System.Text.Encoding.ASCII.GetString(buffer, 4, length - 4));
        });
    }

    private async Task HearAsync(Socket socket, string name)
    {
        // A raw socket of IPv4 gets the IP header too, one of IPv6 does not.
        int start = socket.AddressFamily == AddressFamily.InterNetwork ? IPv4Header : 0;
        byte[] buffer = new byte[2048];
        await UntilClosedAsync(async () =>
        {
            int length = await socket.ReceiveAsync(buffer);
            if (length == start + ChunkAndHeader + 4
                && _sctp.TryGetValue((socket.AddressFamily, BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(start))), out SequenceFlow? flow))
            {
                flow.Got(BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start + ChunkAndHeader)), name);
            }
        });
    }

    private static async Task UntilClosedAsync(Func<Task> step)
    {
        try
        {
            while (true)
            {
                await step();
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
        {
            // The soak is over.
        }
    }
}
