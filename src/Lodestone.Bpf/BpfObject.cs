using System.Runtime.InteropServices;
using Lodestone.Bpf.Btf;
using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>A loaded object: its maps and programs, each with a descriptor of its own.</summary>
/// <remarks>Disposing it disposes them; what is pinned or attached stays.</remarks>
public sealed class BpfObject : IDisposable
{
    private const int LogSize = 16 << 20;
    private const int StatisticsSize = 1 << 16;
    private const uint StatisticsLevel = 4; // BPF_LOG_STATS
    private const uint XdpHasFrags = 1 << 5; // BPF_F_XDP_HAS_FRAGS
    private const int ProgramTypeXdp = 6;

    private readonly Dictionary<string, BpfMap> _maps = [];
    private readonly Dictionary<string, BpfProgram> _programs = [];

    private BpfObject()
    {
    }

    /// <summary>All maps by name, without .rodata and the like.</summary>
    public IReadOnlyDictionary<string, BpfMap> Maps => _maps;

    /// <summary>The loaded programs by name.</summary>
    public IReadOnlyDictionary<string, BpfProgram> Programs => _programs;

    /// <summary>Creates the maps, or takes them from their pins, and loads the programs.</summary>
    /// <exception cref="BpfException">The kernel refused, or a pinned map differs from what is wanted.</exception>
    public static unsafe BpfObject Load(ReadOnlySpan<byte> elf, BpfLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        byte* log = (byte*)NativeMemory.AllocZeroed(LogSize);
        Dictionary<string, nint> totals = [];
        try
        {
            using BpfObjectHandle handle = Open(elf, options.Name, log);
            SetConstants(handle, options);
            SetMaps(handle, options);
            SelectPrograms(handle, options);
            SetFlags(handle, options, totals);
            int result = LibBpf.bpf_object__load(handle);
            if (result < 0)
            {
                throw BpfException.For(-result, $"load BPF object '{options.Name}'", Marshal.PtrToStringUTF8((nint)log));
            }

            return Take(handle, totals);
        }
        finally
        {
            foreach (nint buffer in totals.Values)
            {
                NativeMemory.Free((void*)buffer);
            }

            NativeMemory.Free(log);
        }
    }

    /// <summary>Reads an object's types without loading it: needs no privilege.</summary>
    internal static unsafe BtfTypes ReadBtf(ReadOnlySpan<byte> elf)
    {
        using BpfObjectHandle handle = Open(elf, "lodestone", null);
        return ReadBtf(handle);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BpfMap map in _maps.Values)
        {
            map.Dispose();
        }

        foreach (BpfProgram program in _programs.Values)
        {
            program.Dispose();
        }
    }

    private static unsafe BpfObjectHandle Open(ReadOnlySpan<byte> elf, string name, byte* log)
    {
        fixed (byte* image = elf)
        {
            nint utf8Name = Marshal.StringToCoTaskMemUTF8(name);
            try
            {
                LibBpf.OpenOptions open = new()
                {
                    Size = (nuint)sizeof(LibBpf.OpenOptions),
                    ObjectName = (byte*)utf8Name,
                    KernelLog = log,
                    KernelLogSize = log == null ? 0 : (nuint)LogSize,
                };
                BpfObjectHandle handle = LibBpf.bpf_object__open_mem(image, (nuint)elf.Length, &open);
                if (!handle.IsInvalid)
                {
                    return handle;
                }

                int error = Marshal.GetLastPInvokeError();
                handle.Dispose();
                throw BpfException.For(error, $"parse BPF object '{name}'");
            }
            finally
            {
                Marshal.FreeCoTaskMem(utf8Name);
            }
        }
    }

    private static unsafe BtfTypes ReadBtf(BpfObjectHandle handle)
    {
        uint size = 0;
        nint btf = LibBpf.bpf_object__btf(handle);
        byte* data = btf == 0 ? null : LibBpf.btf__raw_data(btf, &size);
        return data == null
            ? throw new BpfException("The BPF object has no BTF: compile it with -g.")
            : BtfTypes.Parse(new ReadOnlySpan<byte>(data, (int)size));
    }

    private static unsafe void SetConstants(BpfObjectHandle handle, BpfLoadOptions options)
    {
        if (options.Constants.Count == 0)
        {
            return;
        }

        IReadOnlyDictionary<string, BtfVariable> variables = ReadBtf(handle).Section(".rodata");
        byte* rodata = null;
        nuint size = 0;
        for (nint map = LibBpf.bpf_object__next_map(handle, 0); map != 0; map = LibBpf.bpf_object__next_map(handle, map))
        {
            if (Name(LibBpf.bpf_map__name(map)).EndsWith(".rodata", StringComparison.Ordinal))
            {
                rodata = LibBpf.bpf_map__initial_value(map, &size);
            }
        }

        foreach ((string name, ulong value) in options.Constants)
        {
            if (rodata == null || !variables.TryGetValue(name, out BtfVariable? variable))
            {
                throw new BpfException($"BPF object '{options.Name}' has no constant '{name}'.");
            }

            new ReadOnlySpan<byte>(&value, variable.Size).CopyTo(new Span<byte>(rodata, (int)size)[variable.Offset..]);
        }
    }

    private static unsafe void SetMaps(BpfObjectHandle handle, BpfLoadOptions options)
    {
        HashSet<string> unknown = [.. options.MapSizes.Keys];
        if (options.PinDirectory is not null)
        {
            Directory.CreateDirectory(options.PinDirectory);
        }

        for (nint map = LibBpf.bpf_object__next_map(handle, 0); map != 0; map = LibBpf.bpf_object__next_map(handle, map))
        {
            if (LibBpf.bpf_map__is_internal(map))
            {
                continue;
            }

            string name = Name(LibBpf.bpf_map__name(map));
            unknown.Remove(name);
            if (options.MapSizes.TryGetValue(name, out uint entries))
            {
                BpfException.Check(LibBpf.bpf_map__set_max_entries(map, entries), $"size map '{name}' ({entries} entries)");
            }

            if (options.PinDirectory is not null)
            {
                string path = Path.Combine(options.PinDirectory, name);
                CheckPinned(map, name, path);
                BpfException.Check(LibBpf.bpf_map__set_pin_path(map, path), $"pin map '{name}' at {path}");
            }
        }

        if (unknown.Count > 0)
        {
            throw new BpfException($"BPF object '{options.Name}' has no map '{unknown.Order(StringComparer.Ordinal).First()}'.");
        }
    }

    /// <summary>libbpf only says "invalid argument" of a pinned map that is unlike the one wanted.</summary>
    private static void CheckPinned(nint map, string name, string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using BpfMap pinned = BpfMap.OpenPinned(path);
        (uint key, uint value, uint entries) = (LibBpf.bpf_map__key_size(map), LibBpf.bpf_map__value_size(map), LibBpf.bpf_map__max_entries(map));
        if (pinned.KeySize != key || pinned.ValueSize != value || pinned.MaxEntries != entries)
        {
            throw new BpfException(
                $"map '{name}' pinned at {path} has {pinned.MaxEntries} entries of {pinned.KeySize}+{pinned.ValueSize} bytes, "
                + $"wanted are {entries} of {key}+{value}; remove the pin to start afresh");
        }
    }

    private static unsafe void SelectPrograms(BpfObjectHandle handle, BpfLoadOptions options)
    {
        if (options.Programs is null)
        {
            return;
        }

        for (nint p = LibBpf.bpf_object__next_program(handle, 0); p != 0; p = LibBpf.bpf_object__next_program(handle, p))
        {
            string name = Name(LibBpf.bpf_program__name(p));
            BpfException.Check(LibBpf.bpf_program__set_autoload(p, options.Programs.Contains(name)), $"select program '{name}'");
        }
    }

    /// <summary>Sets flags, and gives each program a log of its own where its totals are wanted.</summary>
    private static unsafe void SetFlags(BpfObjectHandle handle, BpfLoadOptions options, Dictionary<string, nint> totals)
    {
        for (nint p = LibBpf.bpf_object__next_program(handle, 0); p != 0; p = LibBpf.bpf_object__next_program(handle, p))
        {
            string name = Name(LibBpf.bpf_program__name(p));
            if (options.XdpFrags && LibBpf.bpf_program__type(p) == ProgramTypeXdp)
            {
                BpfException.Check(LibBpf.bpf_program__set_flags(p, LibBpf.bpf_program__flags(p) | XdpHasFrags), $"set the flags of program '{name}'");
            }

            if (options.Statistics)
            {
                byte* buffer = (byte*)NativeMemory.AllocZeroed(StatisticsSize);
                totals.Add(name, (nint)buffer);
                BpfException.Check(LibBpf.bpf_program__set_log_level(p, StatisticsLevel), $"set the log level of program '{name}'");
                BpfException.Check(LibBpf.bpf_program__set_log_buf(p, buffer, StatisticsSize), $"set the log of program '{name}'");
            }
        }
    }

    /// <summary>Gives every map and program a descriptor that outlives libbpf's object.</summary>
    private static unsafe BpfObject Take(BpfObjectHandle handle, Dictionary<string, nint> totals)
    {
        BpfObject result = new();
        try
        {
            for (nint map = LibBpf.bpf_object__next_map(handle, 0); map != 0; map = LibBpf.bpf_object__next_map(handle, map))
            {
                if (!LibBpf.bpf_map__is_internal(map))
                {
                    string name = Name(LibBpf.bpf_map__name(map));
                    result._maps.Add(name, new BpfMap(Duplicate(LibBpf.bpf_map__fd(map), name), name));
                }
            }

            for (nint p = LibBpf.bpf_object__next_program(handle, 0); p != 0; p = LibBpf.bpf_object__next_program(handle, p))
            {
                if (LibBpf.bpf_program__fd(p) >= 0)
                {
                    string name = Name(LibBpf.bpf_program__name(p));
                    VerifierStatistics? statistics = totals.TryGetValue(name, out nint log)
                        ? VerifierStatistics.Parse(Marshal.PtrToStringUTF8(log) ?? string.Empty)
                        : null;
                    result._programs.Add(name, new BpfProgram(Duplicate(LibBpf.bpf_program__fd(p), name), name) { Statistics = statistics });
                }
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private static FdHandle Duplicate(int fd, string name)
    {
        int copy = LibC.fcntl(fd, LibC.DupFdCloexec, 3);
        return copy < 0 ? throw BpfException.For(Marshal.GetLastPInvokeError(), $"duplicate the descriptor of '{name}'") : new FdHandle(copy);
    }

    private static unsafe string Name(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? string.Empty;
}
