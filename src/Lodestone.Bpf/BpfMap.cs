using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>A map. Key and value types are blittable and as long as the map's.</summary>
/// <remarks>Safe to use from several threads, as the kernel's calls are.</remarks>
public sealed unsafe class BpfMap : IDisposable
{
    private const int NoEntry = 2;

    private readonly FdHandle _fd;

    internal BpfMap(FdHandle fd, string name)
    {
        _fd = fd;
        Name = name;
        LibBpf.MapInfo info = default;
        uint size = (uint)sizeof(LibBpf.MapInfo);
        BpfException.Check(LibBpf.bpf_obj_get_info_by_fd(fd, &info, &size), $"ask for the shape of map '{name}'");
        Type = (BpfMapType)info.Type;
        (KeySize, ValueSize, MaxEntries, Id) = (info.KeySize, info.ValueSize, info.MaxEntries, info.Id);
    }

    /// <summary>The name in the object, or the pin's file name.</summary>
    public string Name { get; }

    /// <summary>The kernel's type.</summary>
    public BpfMapType Type { get; }

    /// <summary>Unique while the map lives.</summary>
    public uint Id { get; }

    /// <summary>Bytes of a key.</summary>
    public uint KeySize { get; }

    /// <summary>Bytes of a value; of one CPU's value in a per-CPU map.</summary>
    public uint ValueSize { get; }

    /// <summary>Entries at most.</summary>
    public uint MaxEntries { get; }

    /// <summary>CPUs that a per-CPU value has room for.</summary>
    public static int PossibleCpus { get; } = BpfException.Check(LibBpf.libbpf_num_possible_cpus(), "count the CPUs");

    internal FdHandle Handle => _fd;

    private bool IsPerCpu => Type is BpfMapType.PerCpuArray or BpfMapType.PerCpuHash;

    /// <summary>Opens a map by its pin.</summary>
    /// <exception cref="BpfException">Nothing is pinned there.</exception>
    public static BpfMap OpenPinned(string path)
        => new(new FdHandle(BpfException.Check(LibBpf.bpf_obj_get(path), $"open the map pinned at {path}")), Path.GetFileName(path));

    /// <summary>Finds a value; false where the key has none.</summary>
    public bool TryLookup<TKey, TValue>(in TKey key, out TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckShape<TKey, TValue>();
        Unsafe.SkipInit(out value);
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            int result = LibBpf.bpf_map_lookup_elem(_fd, k, v);
            if (result == -NoEntry)
            {
                value = default;
                return false;
            }

            BpfException.Check(result, $"look up in map '{Name}'");
            return true;
        }
    }

    /// <summary>Writes a value.</summary>
    /// <exception cref="BpfException">The map is full, or has no such index.</exception>
    public void Update<TKey, TValue>(in TKey key, in TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckShape<TKey, TValue>();
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            BpfException.Check(LibBpf.bpf_map_update_elem(_fd, k, v, 0), $"write to map '{Name}' ({MaxEntries} entries)");
        }
    }

    /// <summary>Removes a key; false where it was not there.</summary>
    public bool Delete<TKey>(in TKey key)
        where TKey : unmanaged
    {
        CheckKey<TKey>();
        fixed (TKey* k = &key)
        {
            int result = LibBpf.bpf_map_delete_elem(_fd, k);
            return result != -NoEntry && BpfException.Check(result, $"delete from map '{Name}'") == 0;
        }
    }

    /// <summary>All keys. A map that others change meanwhile may be read incompletely or twice, as the kernel has it.</summary>
    public IReadOnlyList<TKey> Keys<TKey>()
        where TKey : unmanaged
    {
        CheckKey<TKey>();
        List<TKey> keys = [];
        TKey key = default, next = default;
        for (bool first = true; keys.Count <= MaxEntries; first = false)
        {
            int result = LibBpf.bpf_map_get_next_key(_fd, first ? null : &key, &next);
            if (result == -NoEntry)
            {
                break;
            }

            BpfException.Check(result, $"list map '{Name}'");
            keys.Add(next);
            key = next;
        }

        return keys;
    }

    /// <summary>Reads every CPU's value of a key, into the first <see cref="PossibleCpus"/> of <paramref name="values"/>.</summary>
    /// <returns>False where the key has none.</returns>
    public bool TryLookupPerCpu<TKey, TValue>(in TKey key, Span<TValue> values)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckKey<TKey>();
        if (!IsPerCpu || sizeof(TValue) != ValueSize)
        {
            throw new ArgumentException($"Map '{Name}' has no value of {sizeof(TValue)} bytes a CPU.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, PossibleCpus);
        int stride = (sizeof(TValue) + 7) & ~7;
        byte* buffer = stackalloc byte[stride * PossibleCpus];
        fixed (TKey* k = &key)
        {
            int result = LibBpf.bpf_map_lookup_elem(_fd, k, buffer);
            if (result == -NoEntry)
            {
                return false;
            }

            BpfException.Check(result, $"look up in map '{Name}'");
        }

        for (int cpu = 0; cpu < PossibleCpus; cpu++)
        {
            values[cpu] = *(TValue*)(buffer + (cpu * stride));
        }

        return true;
    }

    /// <summary>Writes one value for every CPU of a key.</summary>
    public void UpdatePerCpu<TKey, TValue>(in TKey key, in TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckKey<TKey>();
        if (!IsPerCpu || sizeof(TValue) != ValueSize)
        {
            throw new ArgumentException($"Map '{Name}' has no value of {sizeof(TValue)} bytes a CPU.");
        }

        int stride = (sizeof(TValue) + 7) & ~7;
        byte* buffer = stackalloc byte[stride * PossibleCpus];
        for (int cpu = 0; cpu < PossibleCpus; cpu++)
        {
            *(TValue*)(buffer + (cpu * stride)) = value;
        }

        fixed (TKey* k = &key)
        {
            BpfException.Check(LibBpf.bpf_map_update_elem(_fd, k, buffer, 0), $"write to map '{Name}' ({MaxEntries} entries)");
        }
    }

    /// <summary>Copies a BPF_F_MMAPABLE array; nothing of it can be written meanwhile by way of this process.</summary>
    public T[] Copy<T>()
        where T : unmanaged
    {
        using BpfArray<T> array = Mmap<T>(LibC.ProtRead);
        return array.Span.ToArray();
    }

    /// <summary>Copies a BPF_F_MMAPABLE array whose elements are of a type that is not known here.</summary>
    public byte[] CopyBytes()
    {
        if (Type != BpfMapType.Array)
        {
            throw new ArgumentException($"Map '{Name}' is no array.");
        }

        // An element takes a multiple of eight bytes (array_map_alloc in kernel/bpf/arraymap.c).
        nuint length = (nuint)MaxEntries * ((ValueSize + 7) & ~7u);
        nuint bytes = (length + (nuint)Environment.SystemPageSize - 1) & ~((nuint)Environment.SystemPageSize - 1);
        nint address = LibC.mmap(0, bytes, LibC.ProtRead, LibC.MapShared, _fd, 0);
        if (address == -1)
        {
            throw BpfException.For(Marshal.GetLastPInvokeError(), $"mmap map '{Name}' ({bytes} bytes)");
        }

        try
        {
            return new ReadOnlySpan<byte>((void*)address, checked((int)length)).ToArray();
        }
        finally
        {
            _ = LibC.munmap(address, bytes);
        }
    }

    /// <summary>Copies one element of a per-CPU array into another of the same value size. Does nothing where either has no such element.</summary>
    public void CopyPerCpuTo(BpfMap other, uint from, uint to)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Type != BpfMapType.PerCpuArray || other.Type != BpfMapType.PerCpuArray || ValueSize != other.ValueSize)
        {
            throw new ArgumentException($"Maps '{Name}' and '{other.Name}' are no per-CPU arrays of one kind.");
        }

        if (from < MaxEntries && to < other.MaxEntries)
        {
            byte[] values = new byte[(int)((ValueSize + 7) & ~7u) * PossibleCpus];
            fixed (byte* v = values)
            {
                BpfException.Check(LibBpf.bpf_map_lookup_elem(_fd, &from, v), $"look up in map '{Name}'");
                BpfException.Check(LibBpf.bpf_map_update_elem(other._fd, &to, v, 0), $"write to map '{other.Name}'");
            }
        }
    }

    /// <summary>Makes a map of one value that is text: what is kept of an agent beside its maps, since a BPF file system has no files.</summary>
    public static BpfMap CreateText(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] value = new byte[(Encoding.UTF8.GetByteCount(text) + 8) & ~7];
        Encoding.UTF8.GetBytes(text, value);
        int fd = LibBpf.bpf_map_create((int)BpfMapType.Array, name, sizeof(uint), (uint)value.Length, 1, null);
        var map = new BpfMap(new FdHandle(BpfException.Check(fd, $"create map '{name}'")), name);
        uint key = 0;
        fixed (byte* v = value)
        {
            BpfException.Check(LibBpf.bpf_map_update_elem(map._fd, &key, v, 0), $"write to map '{name}'");
        }

        return map;
    }

    /// <summary>The text of a map that <see cref="CreateText"/> made.</summary>
    public string ReadText()
    {
        byte[] value = new byte[ValueSize];
        uint key = 0;
        fixed (byte* v = value)
        {
            BpfException.Check(LibBpf.bpf_map_lookup_elem(_fd, &key, v), $"look up in map '{Name}'");
        }

        return Encoding.UTF8.GetString(value).TrimEnd('\0');
    }

    /// <summary>Maps a BPF_F_MMAPABLE array into this process, for reading and writing. The caller disposes it.</summary>
    public BpfArray<T> Mmap<T>()
        where T : unmanaged => Mmap<T>(LibC.ProtRead | LibC.ProtWrite);

    /// <summary>Maps a ring buffer into this process, for reading. The caller disposes it, and is the only reader.</summary>
    public BpfRingBuffer MmapRing() => Type == BpfMapType.RingBuffer
        ? new BpfRingBuffer(_fd, Name, MaxEntries)
        : throw new ArgumentException($"Map '{Name}' is no ring buffer.");

    /// <summary>Pins the map in a BPF file system.</summary>
    public void Pin(string path) => BpfException.Check(LibBpf.bpf_obj_pin(_fd, path), $"pin map '{Name}' at {path}");

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    private BpfArray<T> Mmap<T>(int protection)
        where T : unmanaged
    {
        if (Type != BpfMapType.Array || sizeof(T) != ValueSize || sizeof(T) % 8 != 0)
        {
            throw new ArgumentException($"Map '{Name}' is no array of elements of {sizeof(T)} bytes.");
        }

        nuint bytes = ((nuint)MaxEntries * (nuint)sizeof(T) + (nuint)Environment.SystemPageSize - 1) & ~((nuint)Environment.SystemPageSize - 1);
        nint address = LibC.mmap(0, bytes, protection, LibC.MapShared, _fd, 0);
        return address == -1
            ? throw BpfException.For(Marshal.GetLastPInvokeError(), $"mmap map '{Name}' ({bytes} bytes)")
            : new BpfArray<T>(address, bytes, checked((int)MaxEntries));
    }

    private void CheckShape<TKey, TValue>()
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckKey<TKey>();
        if (sizeof(TValue) != ValueSize || IsPerCpu)
        {
            ThrowShape(sizeof(TValue), "values");
        }
    }

    private void CheckKey<TKey>()
        where TKey : unmanaged
    {
        if (sizeof(TKey) != KeySize)
        {
            ThrowShape(sizeof(TKey), "keys");
        }
    }

    [DoesNotReturn]
    private void ThrowShape(int size, string what)
        => throw new ArgumentException($"Map '{Name}' ({Type}, {KeySize}+{ValueSize} bytes) has no {what} of {size} bytes.");
}
