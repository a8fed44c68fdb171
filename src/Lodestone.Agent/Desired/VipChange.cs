namespace Lodestone.Agent.Desired;

/// <summary>A VIP that is another one than before.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Old">As it was; null: there was none.</param>
/// <param name="New">As it is; null: there is none.</param>
internal readonly record struct VipChange(VipKey Key, VipModel? Old, VipModel? New);
