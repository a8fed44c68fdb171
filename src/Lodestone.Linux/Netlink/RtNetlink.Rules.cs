using System.Net;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>Has packets from an address routed by a table. Does nothing when they are.</summary>
    /// <param name="source">The address.</param>
    /// <param name="table">The table.</param>
    /// <param name="priority">The order among rules; the main table's is 32766.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void AddSourceRule(IPAddress source, uint table, uint priority)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            _socket.Execute(
                RuleRequest(RtnlConstants.NewRule, RtnlConstants.FlagCreate | RtnlConstants.FlagExclusive, source, table, priority),
                $"add rule {priority} from {source} lookup {table}");
        }
        catch (NetlinkException e) when (e.ErrorNumber is Errno.Exists)
        {
            // It is there.
        }
    }

    /// <summary>Takes such a rule away. Does nothing where there is none.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void DeleteSourceRule(IPAddress source, uint table, uint priority)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            _socket.Execute(RuleRequest(RtnlConstants.DeleteRule, 0, source, table, priority), $"delete rule {priority} from {source} lookup {table}");
        }
        catch (NetlinkException e) when (e.ErrorNumber is Errno.NoEntry or Errno.AddressFamilyNotSupported)
        {
            // There is none.
        }
    }

    private static NetlinkRequest RuleRequest(ushort type, ushort flags, IPAddress source, uint table, uint priority)
    {
        var header = new RuleHeader { Family = FamilyOf(source), SourceLength = BitsOf(source), Action = RtnlConstants.RuleToTable };
        return NetlinkRequest.Create(type, flags, header)
            .Add(RtnlConstants.RuleSource, source)
            .Add(RtnlConstants.RulePriority, priority)
            .Add(RtnlConstants.RuleTable, table);
    }
}
