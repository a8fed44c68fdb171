namespace Lodestone.Linux.Netlink;

/// <summary>The kernel refused a netlink request. The socket goes on working.</summary>
public sealed class NetlinkException : LinuxException
{
    internal NetlinkException(string operation, int errorNumber, string? detail)
        : base(operation, errorNumber, detail, remedy: null)
    {
        Detail = detail;
    }

    /// <summary>The kernel's own words (extended acknowledgement), null when it gave none.</summary>
    public string? Detail { get; }
}
