namespace Lodestone.Bpf.Btf;

/// <summary>A map of a <see cref="LayoutSchema"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The kernel's BPF_MAP_TYPE_*.</param>
/// <param name="Flags">BPF_F_*.</param>
/// <param name="Entries">As the object has it; 1 where whoever loads it says.</param>
/// <param name="Key">A struct's name, or bytes.</param>
/// <param name="Value">A struct's name, or bytes.</param>
public sealed record LayoutMap(string Name, int Type, int Flags, int Entries, string Key, string Value);
