namespace Lodestone.Linux.Netlink;

/// <summary>What happened to an entry of a kernel table.</summary>
public enum ChangeKind
{
    /// <summary>It is there, new or changed; the item is what it is now.</summary>
    Present,

    /// <summary>It is gone; the item is the last that was known.</summary>
    Removed,
}
