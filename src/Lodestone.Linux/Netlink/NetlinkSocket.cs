using System.Net.Sockets;
using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Netlink;

/// <summary>Requests and their answers over one AF_NETLINK socket.</summary>
/// <remarks>The kernel works on a request inside sendto, so its answer is there when that returns: nothing here waits for long. One request at a time; a lock sees to it.</remarks>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    // The kernel fills at most 32 KiB of a dump at a time.
    private const int ReceiveSize = 64 * 1024;
    private const int DumpAttempts = 8;

    private readonly Lock _gate = new();
    private readonly SafeSocketHandle _socket;
    private readonly byte[] _buffer = new byte[ReceiveSize];
    private uint _sequence;

    private NetlinkSocket(SafeSocketHandle socket)
    {
        _socket = socket;
    }

    /// <summary>Opens a socket for requests.</summary>
    /// <param name="networkNamespace">Where; null for the calling thread's.</param>
    public static NetlinkSocket Open(NetworkNamespace? networkNamespace)
    {
        SafeSocketHandle socket = OpenHandle(networkNamespace);
        var options = (ReadOnlySpan<int>)[RtnlConstants.OptionExtAck, RtnlConstants.OptionCapAck, RtnlConstants.OptionStrictCheck];
        foreach (int option in options)
        {
            // All three are conveniences (since 4.12, 4.3 and 5.0): without them errors say less and dumps more.
            _ = SetOption(socket, option, 1);
        }

        return new NetlinkSocket(socket);
    }

    /// <summary>Opens a socket that hears a multicast group.</summary>
    /// <param name="networkNamespace">Where; null for the calling thread's.</param>
    /// <param name="group">RTNLGRP_*.</param>
    public static Socket Subscribe(NetworkNamespace? networkNamespace, int group)
    {
        SafeSocketHandle handle = OpenHandle(networkNamespace);

        // struct sockaddr_nl, all zero but the family: the kernel picks a port. A socket without one hears nothing, since the kernel
        // notifies everybody but the port that asked, and asks as port 0 itself.
        ulong* address = stackalloc ulong[2];
        *(ushort*)address = LibcConstants.AfNetlink;
        if (Libc.bind(handle, address, 12) != 0 || SetOption(handle, RtnlConstants.OptionAddMembership, group) != 0)
        {
            LinuxException exception = LinuxException.ForLastError($"join netlink group {group}");
            handle.Dispose();
            throw exception;
        }

        return new Socket(handle);
    }

    /// <summary>Sends a request and waits for its acknowledgement.</summary>
    /// <param name="request">The request.</param>
    /// <param name="operation">What it does and to what, for the error.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void Execute(NetlinkRequest request, string operation)
    {
        lock (_gate)
        {
            uint sequence = SendLocked(request, RtnlConstants.FlagAck, operation);
            while (true)
            {
                ReadOnlySpan<byte> datagram = ReceiveLocked(operation);
                while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
                {
                    if (message.Sequence == sequence && message.Type == RtnlConstants.Error)
                    {
                        ThrowIfError(message, operation);
                        return;
                    }
                }
            }
        }
    }

    /// <summary>Sends a request that is answered by one message.</summary>
    /// <returns>What the parser made of it.</returns>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public T Get<T>(NetlinkRequest request, string operation, NetlinkParser<T> parse)
        where T : class
    {
        lock (_gate)
        {
            uint sequence = SendLocked(request, 0, operation);
            while (true)
            {
                ReadOnlySpan<byte> datagram = ReceiveLocked(operation);
                while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
                {
                    if (message.Sequence != sequence)
                    {
                        continue;
                    }

                    ThrowIfError(message, operation);
                    if (parse(message) is { } result)
                    {
                        return result;
                    }
                }
            }
        }
    }

    /// <summary>Reads a whole table. One that changed while it was read is read again.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public List<T> Dump<T>(NetlinkRequest request, string operation, NetlinkParser<T> parse)
        where T : class
    {
        var items = new List<T>();
        lock (_gate)
        {
            for (int attempt = 1; ; attempt++)
            {
                items.Clear();
                uint sequence = SendLocked(request, RtnlConstants.FlagDump, operation);
                bool consistent = ReceiveDumpLocked(sequence, operation, parse, items);

                // A table under constant change is taken as it is: whoever needs to be exact also watches the changes.
                if (consistent || attempt == DumpAttempts)
                {
                    return items;
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static SafeSocketHandle OpenHandle(NetworkNamespace? networkNamespace) =>
        SocketFactory.Open(networkNamespace, LibcConstants.AfNetlink, LibcConstants.SockRaw, RtnlConstants.NetlinkRoute, "open netlink socket");

    private static int SetOption(SafeSocketHandle socket, int option, int value) =>
        Libc.setsockopt(socket, LibcConstants.SolNetlink, option, &value, sizeof(int));

    private static void ThrowIfError(NetlinkMessage message, string operation)
    {
        if (message.Type is not (RtnlConstants.Error or RtnlConstants.Done) || message.Payload.Length < sizeof(int))
        {
            return;
        }

        int error = -MemoryMarshal.Read<int>(message.Payload);
        if (error == 0)
        {
            return;
        }

        string? detail = null;
        if ((message.Flags & RtnlConstants.FlagAckTlvs) != 0)
        {
            // struct nlmsgerr: the error, the request's header and, unless capped, its payload; then attributes.
            int skip = sizeof(int);
            if (message.Type == RtnlConstants.Error && message.Payload.Length >= sizeof(int) + NetlinkHeader.Size)
            {
                uint echoed = MemoryMarshal.Read<NetlinkHeader>(message.Payload[sizeof(int)..]).Length;
                skip += (message.Flags & RtnlConstants.FlagCapped) != 0 ? NetlinkHeader.Size : (int)((echoed + 3) & ~3u);
            }

            var attributes = new NetlinkAttributes(message.Payload[Math.Min(skip, message.Payload.Length)..]);
            while (attributes.Read())
            {
                if (attributes.Type == RtnlConstants.ErrorMessage)
                {
                    detail = attributes.AsString;
                }
            }
        }

        throw new NetlinkException(operation, error, detail);
    }

    private bool ReceiveDumpLocked<T>(uint sequence, string operation, NetlinkParser<T> parse, List<T> items)
        where T : class
    {
        bool consistent = true;
        while (true)
        {
            ReadOnlySpan<byte> datagram = ReceiveLocked(operation);
            while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
            {
                if (message.Sequence != sequence)
                {
                    continue;
                }

                consistent &= (message.Flags & RtnlConstants.FlagDumpInterrupted) == 0;
                if (message.Type is RtnlConstants.Done or RtnlConstants.Error)
                {
                    ThrowIfError(message, operation);
                    return consistent;
                }

                if (parse(message) is { } item)
                {
                    items.Add(item);
                }
            }
        }
    }

    private uint SendLocked(NetlinkRequest request, ushort flags, string operation)
    {
        uint sequence = ++_sequence;
        ReadOnlySpan<byte> message = request.Finish(sequence, flags);
        fixed (byte* pointer = message)
        {
            // No address: a netlink socket without a destination talks to the kernel.
            if (Libc.sendto(_socket, pointer, (nuint)message.Length, 0, null, 0) < 0)
            {
                throw LinuxException.ForLastError(operation);
            }
        }

        return sequence;
    }

    private ReadOnlySpan<byte> ReceiveLocked(string operation)
    {
        fixed (byte* pointer = _buffer)
        {
            while (true)
            {
                nint length = Libc.recv(_socket, pointer, (nuint)_buffer.Length, LibcConstants.MsgTrunc);
                if (length >= 0)
                {
                    return length <= _buffer.Length
                        ? _buffer.AsSpan(0, (int)length)
                        : throw new InvalidOperationException($"{operation}: the answer of {length} bytes does not fit in {_buffer.Length}");
                }

                if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
                {
                    throw LinuxException.ForLastError(operation);
                }
            }
        }
    }
}
