namespace Lodestone.Bpf.Btf;

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">Empty for an anonymous one.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="BitOffset">Bits from the start.</param>
internal sealed record BtfMember(string Name, int TypeId, int BitOffset);
