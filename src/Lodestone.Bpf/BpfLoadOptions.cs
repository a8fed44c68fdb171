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
}
