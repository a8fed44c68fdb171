using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;

namespace Lodestone.Agent.Apply;

/// <summary>What slots of a VIP go by, as its table says it.</summary>
internal readonly record struct VipSlotKey(bool ByClient, bool ByProtocol, DatapathAddress Mask)
{
    public static VipSlotKey Of(SlotKey key, DatapathAddress vip) => new(key.ByClient, key.ByProtocol, key.MaskFor(vip));

    /// <summary>What the slots of flows without a record go by.</summary>
    public static VipSlotKey OfUnrecorded(in Vip vip) => vip.Flags.HasFlag(VipFlags.Rekeyed)
        ? new(vip.Flags.HasFlag(VipFlags.OldByClient), vip.Flags.HasFlag(VipFlags.OldByProtocol), vip.OldMask)
        : new(vip.Flags.HasFlag(VipFlags.ByClient), vip.Flags.HasFlag(VipFlags.ByProtocol), vip.ClientMask);

    /// <summary>Makes it what slots go by.</summary>
    public void SetOn(ref Vip vip)
    {
        vip.ClientMask = Mask;
        vip.Flags &= ~(VipFlags.ByClient | VipFlags.ByProtocol);
        vip.Flags |= (ByClient ? VipFlags.ByClient : VipFlags.None) | (ByProtocol ? VipFlags.ByProtocol : VipFlags.None);
    }

    /// <summary>Makes it what slots of unrecorded flows go by, where that is not what slots go by.</summary>
    public void SetFormerOn(ref Vip vip, VipSlotKey present)
    {
        vip.Flags &= ~(VipFlags.Rekeyed | VipFlags.OldByClient | VipFlags.OldByProtocol);
        vip.OldMask = default;
        if (this != present)
        {
            vip.OldMask = Mask;
            vip.Flags |= VipFlags.Rekeyed
                | (ByClient ? VipFlags.OldByClient : VipFlags.None)
                | (ByProtocol ? VipFlags.OldByProtocol : VipFlags.None);
        }
    }
}
