using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>Reads what programs write into a map of type BPF_MAP_TYPE_RINGBUF, from memory: no system call a record.</summary>
/// <remarks>
/// One reader at a time: where reading goes on is written into the map. Not thread-safe. Stays valid after the <see cref="BpfMap"/> is disposed.
/// Layout: a page with the reader's position, a page with the writers', then the data twice in a row, so that no record is cut (kernel/bpf/ringbuf.c).
/// </remarks>
public sealed unsafe class BpfRingBuffer : IDisposable
{
    private const uint Busy = 1u << 31;      // BPF_RINGBUF_BUSY_BIT
    private const uint Discarded = 1u << 30; // BPF_RINGBUF_DISCARD_BIT
    private const int HeaderSize = 8;        // BPF_RINGBUF_HDR_SZ

    private readonly nuint _page = (nuint)Environment.SystemPageSize;
    private readonly nuint _size;
    private nint _reader;
    private nint _writers;

    internal BpfRingBuffer(FdHandle fd, string name, uint bytes)
    {
        _size = bytes;
        _reader = Map(fd, name, _page, LibC.ProtRead | LibC.ProtWrite, 0);
        try
        {
            _writers = Map(fd, name, _page + (2 * _size), LibC.ProtRead, (nint)_page);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Unmaps what was forgotten.</summary>
    ~BpfRingBuffer() => Unmap();

    private ref ulong Position => ref Unsafe.AsRef<ulong>((void*)_reader);

    private ref ulong Written => ref Unsafe.AsRef<ulong>((void*)_writers);

    /// <summary>Bytes that wait, headers included.</summary>
    public ulong Waiting
    {
        get
        {
            ObjectDisposedException.ThrowIf(_writers == 0, this);
            return Volatile.Read(ref Written) - Volatile.Read(ref Position);
        }
    }

    /// <summary>Forgets what waits.</summary>
    public void Skip()
    {
        ObjectDisposedException.ThrowIf(_writers == 0, this);
        Volatile.Write(ref Position, Volatile.Read(ref Written));
    }

    /// <summary>Takes records, oldest first, as many as wait and fit. Does not wait.</summary>
    /// <returns>How many. Records of another size than <typeparamref name="T"/> are passed over.</returns>
    public int Read<T>(Span<T> records)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_writers == 0, this);
        byte* data = (byte*)_writers + _page;
        ulong at = Volatile.Read(ref Position), end = Volatile.Read(ref Written);
        int count = 0;
        while (at < end && count < records.Length)
        {
            byte* header = data + (at & (_size - 1));
            uint length = Volatile.Read(ref Unsafe.AsRef<uint>(header));
            if ((length & Busy) != 0)
            {
                break; // its program is still writing; those behind it wait
            }

            if (length == sizeof(T))
            {
                records[count++] = Unsafe.ReadUnaligned<T>(header + HeaderSize);
            }

            at += (HeaderSize + (length & ~(Busy | Discarded)) + 7) & ~7u;
        }

        Volatile.Write(ref Position, at);
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private static nint Map(FdHandle fd, string name, nuint bytes, int protection, nint offset)
    {
        nint address = LibC.mmap(0, bytes, protection, LibC.MapShared, fd, offset);
        return address == -1 ? throw BpfException.For(Marshal.GetLastPInvokeError(), $"mmap map '{name}' ({bytes} bytes)") : address;
    }

    private void Unmap()
    {
        Unmap(ref _reader, _page);
        Unmap(ref _writers, _page + (2 * _size));
    }

    private static void Unmap(ref nint address, nuint bytes)
    {
        nint mapped = Interlocked.Exchange(ref address, 0);
        if (mapped != 0)
        {
            _ = LibC.munmap(mapped, bytes);
        }
    }
}
