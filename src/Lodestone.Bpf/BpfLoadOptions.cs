namespace Lodestone.Bpf;

/// <summary>How an object is loaded.</summary>
public sealed record BpfLoadOptions
{
    /// <summary>Name in messages.</summary>
    public string Name { get; init; } = "lodestone";

    /// <summary>Entries by map name; a map that is not named keeps the size of its definition.</summary>
    public IReadOnlyDictionary<string, uint> MapSizes { get; init; } = new Dictionary<string, uint>();

    /// <summary>Values of <c>const volatile</c> integers, by name.</summary>
    public IReadOnlyDictionary<string, ulong> Constants { get; init; } = new Dictionary<string, ulong>();

    /// <summary>Where every map is pinned under its name, and taken from if it is there already; null pins nothing.</summary>
    public string? PinDirectory { get; init; }

    /// <summary>Programs to load; null loads all.</summary>
    public IReadOnlyCollection<string>? Programs { get; init; }

    /// <summary>Whether XDP programs are told to take packets of several buffers (BPF_F_XDP_HAS_FRAGS, Linux 5.18).</summary>
    public bool XdpFrags { get; init; }

    /// <summary>Whether to have the verifier's totals, in <see cref="BpfProgram.Statistics"/>.</summary>
    public bool Statistics { get; init; }
}
