namespace Lodestone.Linux.Netlink;

/// <summary>Turns a message into a value; null leaves it out.</summary>
internal delegate T? NetlinkParser<T>(NetlinkMessage message)
    where T : class;
