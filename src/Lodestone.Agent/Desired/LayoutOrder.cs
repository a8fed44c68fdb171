using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>An order of map keys, any but always the same.</summary>
internal sealed class LayoutOrder : IComparer<DatapathAddress>, IComparer<NicSourceKey>
{
    public static LayoutOrder Instance { get; } = new();

    public int Compare(DatapathAddress x, DatapathAddress y) => x.High != y.High ? x.High.CompareTo(y.High) : x.Low.CompareTo(y.Low);

    public int Compare(NicSourceKey x, NicSourceKey y) => x.Ifindex != y.Ifindex ? x.Ifindex.CompareTo(y.Ifindex) : Compare(x.Addr, y.Addr);
}
