using System.Runtime.InteropServices;

namespace Lodestone.Bpf.Interop;

/// <summary>libbpf 1.x as it is. Functions that return an int return 0 (or a descriptor) or a negative errno.</summary>
internal static unsafe partial class LibBpf
{
    private const string Library = "libbpf.so.1";

    /// <summary>libbpf's own messages would go to stderr; what matters of them is in the results and the verifier's log.</summary>
    static LibBpf() => libbpf_set_print(null);

    [LibraryImport(Library)]
    internal static partial nint libbpf_set_print(void* print);

    /// <summary>Writes the text of an errno or of one of libbpf's own codes (4000 and up).</summary>
    [LibraryImport(Library)]
    internal static partial int libbpf_strerror(int error, byte* buffer, nuint size);

    /// <summary>Parses an ELF image held in memory. On failure the handle is invalid and errno is set.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial BpfObjectHandle bpf_object__open_mem(byte* image, nuint size, OpenOptions* options);

    /// <summary>Creates the maps and loads the programs.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_object__load(BpfObjectHandle obj);

    [LibraryImport(Library)]
    internal static partial void bpf_object__close(nint obj);

    /// <summary>The object's BTF, owned by the object; null where it has none.</summary>
    [LibraryImport(Library)]
    internal static partial nint bpf_object__btf(BpfObjectHandle obj);

    /// <summary>The bytes of a BTF blob, owned by it.</summary>
    [LibraryImport(Library)]
    internal static partial byte* btf__raw_data(nint btf, uint* size);

    /// <summary>The map after <paramref name="map"/>, the first after null, null after the last.</summary>
    [LibraryImport(Library)]
    internal static partial nint bpf_object__next_map(BpfObjectHandle obj, nint map);

    [LibraryImport(Library)]
    internal static partial byte* bpf_map__name(nint map);

    [LibraryImport(Library)]
    internal static partial int bpf_map__fd(nint map);

    [LibraryImport(Library)]
    internal static partial uint bpf_map__max_entries(nint map);

    [LibraryImport(Library)]
    internal static partial uint bpf_map__value_size(nint map);

    [LibraryImport(Library)]
    internal static partial uint bpf_map__key_size(nint map);

    [LibraryImport(Library)]
    internal static partial int bpf_map__set_max_entries(nint map, uint entries);

    /// <summary>Where the map is pinned when it is created; a map that is there already is taken instead.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_map__set_pin_path(nint map, string path);

    /// <summary>Whether this is .rodata, .bss or the like.</summary>
    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool bpf_map__is_internal(nint map);

    /// <summary>The content that .rodata will be created with; writable until then.</summary>
    [LibraryImport(Library)]
    internal static partial byte* bpf_map__initial_value(nint map, nuint* size);

    [LibraryImport(Library)]
    internal static partial nint bpf_object__next_program(BpfObjectHandle obj, nint program);

    [LibraryImport(Library)]
    internal static partial byte* bpf_program__name(nint program);

    [LibraryImport(Library)]
    internal static partial int bpf_program__fd(nint program);

    [LibraryImport(Library)]
    internal static partial int bpf_program__set_autoload(nint program, [MarshalAs(UnmanagedType.U1)] bool load);

    [LibraryImport(Library)]
    internal static partial int bpf_map_lookup_elem(FdHandle fd, void* key, void* value);

    [LibraryImport(Library)]
    internal static partial int bpf_map_update_elem(FdHandle fd, void* key, void* value, ulong flags);

    [LibraryImport(Library)]
    internal static partial int bpf_map_delete_elem(FdHandle fd, void* key);

    [LibraryImport(Library)]
    internal static partial int bpf_map_get_next_key(FdHandle fd, void* key, void* next);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_obj_pin(FdHandle fd, string path);

    /// <summary>A new descriptor of what is pinned there.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_obj_get(string path);

    [LibraryImport(Library)]
    internal static partial int bpf_obj_get_info_by_fd(FdHandle fd, void* info, uint* size);

    /// <summary>A new descriptor of the program with this id.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_prog_get_fd_by_id(uint id);

    [LibraryImport(Library)]
    internal static partial int bpf_prog_test_run_opts(FdHandle program, TestRunOptions* options);

    /// <summary>A descriptor of the new link.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_link_create(FdHandle program, int ifindex, uint attachType, LinkCreateOptions* options);

    [LibraryImport(Library)]
    internal static partial int bpf_link_update(FdHandle link, FdHandle program, void* options);

    [LibraryImport(Library)]
    internal static partial int bpf_link_detach(FdHandle link);

    [LibraryImport(Library)]
    internal static partial int bpf_xdp_query(int ifindex, int flags, XdpQueryOptions* options);

    /// <summary>Loads a program. Returns a descriptor or a negative errno.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_prog_load(int type, string name, string license, void* instructions, nuint count, void* options);

    /// <summary>Attaches an XDP program over netlink: it belongs to the device, not to a link. Returns 0 or a negative errno.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_xdp_attach(int ifindex, FdHandle program, uint flags, void* options);

    /// <summary>Loads with these BPF_F_* flags.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_program__set_flags(nint program, uint flags);

    [LibraryImport(Library)]
    internal static partial uint bpf_program__flags(nint program);

    [LibraryImport(Library)]
    internal static partial int bpf_program__type(nint program);

    /// <summary>How much the verifier writes into the log; 4 is its totals only.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_program__set_log_level(nint program, uint level);

    [LibraryImport(Library)]
    internal static partial int bpf_program__set_log_buf(nint program, byte* buffer, nuint size);

    /// <summary>The id after <paramref name="id"/>.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_link_get_next_id(uint id, uint* next);

    [LibraryImport(Library)]
    internal static partial int bpf_link_get_fd_by_id(uint id);

    /// <summary>Creates a map. Returns a descriptor or a negative errno.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_map_create(int type, string name, uint keySize, uint valueSize, uint maxEntries, void* options);

    /// <summary>Makes the device's clsact qdisc; -EEXIST where it is there.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_tc_hook_create(TcHook* hook);

    /// <summary>Adds or, with a flag, replaces a filter that runs a program and takes its answer (direct action).</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_tc_attach(TcHook* hook, TcOptions* options);

    [LibraryImport(Library)]
    internal static partial int bpf_tc_detach(TcHook* hook, TcOptions* options);

    /// <summary>Fills in the program id of a filter; -ENOENT where there is none.</summary>
    [LibraryImport(Library)]
    internal static partial int bpf_tc_query(TcHook* hook, TcOptions* options);

    /// <summary>Processors the kernel could ever have: the stride count of a per-CPU value.</summary>
    [LibraryImport(Library)]
    internal static partial int libbpf_num_possible_cpus();

    /// <summary>C's <c>struct bpf_object_open_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenOptions
    {
        public nuint Size;
        public byte* ObjectName;
        public byte RelaxedMaps;
        public byte* PinRootPath;
        public uint Unused;
        public byte* Kconfig;
        public byte* BtfCustomPath;
        public byte* KernelLog;
        public nuint KernelLogSize;
        public uint KernelLogLevel;
    }

    /// <summary>C's <c>struct bpf_test_run_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TestRunOptions
    {
        public nuint Size;
        public void* DataIn;
        public void* DataOut;
        public uint DataSizeIn;
        public uint DataSizeOut;
        public void* ContextIn;
        public void* ContextOut;
        public uint ContextSizeIn;
        public uint ContextSizeOut;
        public uint ReturnValue;
        public int Repeat;
        public uint Duration;
        public uint Flags;
        public uint Cpu;
        public uint BatchSize;
    }

    /// <summary>C's <c>struct bpf_link_create_opts</c>; the fields of tracing programs are not used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LinkCreateOptions
    {
        public nuint Size;
        public uint Flags;
        public void* IteratorInfo;
        public uint IteratorInfoSize;
        public uint TargetBtfId;
        public ulong Union0;
        public ulong Union1;
        public ulong Union2;
        public ulong Union3;
    }

    /// <summary>C's <c>struct bpf_xdp_query_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct XdpQueryOptions
    {
        public nuint Size;
        public uint ProgramId;
        public uint DriverProgramId;
        public uint HardwareProgramId;
        public uint GenericProgramId;
        public byte AttachMode;
    }

    /// <summary>The start of C's <c>struct bpf_map_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MapInfo
    {
        public uint Type;
        public uint Id;
        public uint KeySize;
        public uint ValueSize;
        public uint MaxEntries;
        public uint Flags;
        public fixed byte Name[16];
    }

    /// <summary>C's <c>struct bpf_prog_info</c>, as far as <c>verified_insns</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramInfo
    {
        public uint Type;
        public uint Id;
        public fixed byte Tag[8];
        public uint JitedLength;
        public uint TranslatedLength;
        public ulong JitedInstructions;
        public ulong TranslatedInstructions;
        public ulong LoadTime;
        public uint CreatedByUid;
        public uint MapCount;
        public ulong MapIds;
        public fixed byte Name[16];
        public uint Ifindex;
        public uint Flags;
        public ulong NetnsDevice;
        public ulong NetnsInode;
        public uint JitedSymbolCount;
        public uint JitedFunctionCount;
        public ulong JitedSymbols;
        public ulong JitedFunctionLengths;
        public uint BtfId;
        public uint FunctionInfoSize;
        public ulong FunctionInfo;
        public uint FunctionInfoCount;
        public uint LineInfoCount;
        public ulong LineInfo;
        public ulong JitedLineInfo;
        public uint JitedLineInfoCount;
        public uint LineInfoSize;
        public uint JitedLineInfoSize;
        public uint TagCount;
        public ulong Tags;
        public ulong RunTime;
        public ulong RunCount;
        public ulong RecursionMisses;
        public uint VerifiedInstructions;
        public uint AttachBtfObjectId;
        public uint AttachBtfId;
        public uint Pad;
    }

    /// <summary>The start of C's <c>struct bpf_prog_load_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramLoadOptions
    {
        public nuint Size;
        public int Attempts;
        public int ExpectedAttachType;
        public uint BtfFd;
        public uint Flags;
    }

    /// <summary>C's <c>struct bpf_tc_hook</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TcHook
    {
        public nuint Size;
        public int Ifindex;
        public int AttachPoint;
        public uint Parent;
    }

    /// <summary>C's <c>struct bpf_tc_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TcOptions
    {
        public nuint Size;
        public int ProgramFd;
        public uint Flags;
        public uint ProgramId;
        public uint Handle;
        public uint Priority;
    }

    /// <summary>C's <c>struct bpf_link_info</c> for XDP and tcx, which both begin with the device.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LinkInfo
    {
        public uint Type;
        public uint Id;
        public uint ProgramId;
        public uint Pad;
        public uint Ifindex;
        public uint AttachType;
    }
}
