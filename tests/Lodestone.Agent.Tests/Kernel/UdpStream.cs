using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>A client that sends numbered packets without a pause, and receives them inside IPv6 as the target's host would.</summary>
internal sealed class UdpStream : IDisposable
{
    private const int Outer = 14 + 40;
    private const int Headers = Outer + 20 + 8;
    private const int SettleMilliseconds = 200;
    private const int Burst = 4; // then a millisecond of rest: some 4,000 packets a second

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _sender;
    private readonly PacketSocket _receiver;
    private readonly Thread _sending;
    private readonly Task _receiving;
    private readonly HashSet<int> _received = [];
    private readonly byte[] _payload;
    private int _sent;

    public UdpStream(NetworkNamespace client, EndPoint vip, int payloadBytes = 32)
    {
        _payload = new byte[payloadBytes];
        (_sender, _receiver) = client.Run(() =>
        {
            var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            sender.Connect(vip);
            using RtNetlink netlink = RtNetlink.Open();
            return (sender, PacketSocket.Open(netlink.GetLink("client0").Index, receive: true));
        });
        _receiver.ReserveReceiveBuffer(32 << 20);
        _receiving = Task.Run(ReceiveAsync);
        _sending = new Thread(Send);
        _sending.Start();
        TestPoll.Until(() => Received > 0, "the stream flows");
    }

    private int Received
    {
        get
        {
            lock (_received)
            {
                return _received.Count;
            }
        }
    }

    /// <summary>Lets it flow.</summary>
    public void Run(double seconds) => Rest((int)(seconds * 1000));

    /// <summary>Every packet sent so far, but for those before the first answer to ARP, has come through; at least so many.</summary>
    public void AssertNothingLost(int atLeast)
    {
        TestPoll.Until(() => Received >= atLeast, $"{atLeast} packets came through");
        int upTo = Volatile.Read(ref _sent);
        Rest(SettleMilliseconds);
        lock (_received)
        {
            int first = _received.Min();
            int[] lost = [.. Enumerable.Range(first, upTo - first).Where(number => !_received.Contains(number))];
            Assert.True(lost.Length == 0, $"{lost.Length} of {upTo - first} packets lost: {string.Join(", ", lost.Take(20))}");
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _sending.Join();
        ((IAsyncResult)_receiving).AsyncWaitHandle.WaitOne();
        _sender.Dispose();
        _receiver.Dispose();
        _stop.Dispose();
    }

    /// <summary>Real time passes: packets take it.</summary>
    private void Rest(int milliseconds) => _stop.Token.WaitHandle.WaitOne(milliseconds);

    private void Send()
    {
        while (!_stop.IsCancellationRequested)
        {
            BinaryPrimitives.WriteInt32BigEndian(_payload, _sent);
            _sender.Send(_payload);
            Volatile.Write(ref _sent, _sent + 1);
            if (_sent % Burst == 0)
            {
                Rest(1);
            }
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (true)
            {
                int length = await _receiver.ReceiveAsync(buffer, _stop.Token);
                if (length == Headers + _payload.Length && buffer[12] == 0x86 && buffer[13] == 0xdd && buffer[14 + 6] == 4)
                {
                    lock (_received)
                    {
                        _received.Add(BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(Headers)));
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
