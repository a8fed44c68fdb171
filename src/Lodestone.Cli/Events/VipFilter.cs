using System.Net;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>The VIP that <c>--vip</c> names.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Id">Its number, for the programs; null where several networks have the address, so that programs can't tell.</param>
internal sealed record VipFilter(DatapathAddress Address, uint? Id)
{
    /// <summary>Reads the option.</summary>
    /// <exception cref="CommandException">It is no address, or no VIP of this machine.</exception>
    public static VipFilter? Parse(string? text, ServedTables tables)
    {
        if (text is null)
        {
            return null;
        }

        if (!IPAddress.TryParse(text, out IPAddress? address))
        {
            throw new CommandException($"--vip '{text}' is not an IPv4 or IPv6 address.", ExitCodes.Usage);
        }

        var wanted = DatapathAddress.From(address);
        return tables.VipsAt(wanted) switch
        {
            [] => throw new CommandException($"--vip {text}: this machine serves no such VIP; 'lodestone counters' lists those that it serves."),
            [Vip one] => new VipFilter(wanted, one.Id),
            _ => new VipFilter(wanted, null),
        };
    }
}
