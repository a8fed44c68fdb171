using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>An order of map keys, any but always the same.</summary>
internal sealed class LayoutOrder : IComparer<DatapathAddress>, IComparer<NicSourceKey>, IComparer<VipKey>, IComparer<RouteKey>, IComparer<GeneveKey>, IComparer<QuicKey>
{
    public static LayoutOrder Instance { get; } = new();

    public int Compare(DatapathAddress x, DatapathAddress y) => x.High != y.High ? x.High.CompareTo(y.High) : x.Low.CompareTo(y.Low);

    public int Compare(GeneveKey x, GeneveKey y) => x.Number != y.Number ? x.Number.CompareTo(y.Number) : Compare(x.Dst, y.Dst);

    public int Compare(QuicKey x, QuicKey y) => (x.Vip, x.Port, x.Config, x.Len, x.Server).CompareTo((y.Vip, y.Port, y.Config, y.Len, y.Server));

    public int Compare(NicSourceKey x, NicSourceKey y) => x.Ifindex != y.Ifindex ? x.Ifindex.CompareTo(y.Ifindex) : Compare(x.Addr, y.Addr);

    public int Compare(VipKey x, VipKey y) => x.Network != y.Network ? x.Network.CompareTo(y.Network) : Compare(x.Address, y.Address);

    public int Compare(RouteKey x, RouteKey y) => x.Network != y.Network ? x.Network.CompareTo(y.Network) : Compare(x.Addr, y.Addr);
}
