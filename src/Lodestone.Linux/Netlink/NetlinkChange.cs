namespace Lodestone.Linux.Netlink;

/// <summary>A change of a kernel table.</summary>
/// <typeparam name="T">What the table holds.</typeparam>
/// <param name="Kind">What happened.</param>
/// <param name="Item">To what.</param>
public readonly record struct NetlinkChange<T>(ChangeKind Kind, T Item);
