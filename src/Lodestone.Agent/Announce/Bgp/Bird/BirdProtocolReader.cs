using System.Collections.Immutable;
using System.Globalization;

namespace Lodestone.Agent.Announce.Bgp.Bird;

/// <summary>Reads <c>show protocols all</c> and <c>show bfd sessions</c> of BIRD 2.</summary>
internal static class BirdProtocolReader
{
    /// <summary>States by the neighbour's address.</summary>
    /// <param name="protocols">Lines of <c>show protocols all</c>.</param>
    /// <param name="bfdSessions">Lines of <c>show bfd sessions</c>; empty without BFD.</param>
    public static ImmutableDictionary<string, BgpNeighborState> Read(IEnumerable<string> protocols, IEnumerable<string> bfdSessions)
    {
        // 192.0.2.9   eth0   Up   19:20:11.234   0.050   0.150
        var bfd = bfdSessions.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 3)
            .GroupBy(words => words[0], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Any(words => words[2] == "Up"), StringComparer.Ordinal);
        ImmutableDictionary<string, BgpNeighborState>.Builder states = ImmutableDictionary.CreateBuilder<string, BgpNeighborState>(StringComparer.Ordinal);
        bool isOurs = false;
        string address = "";
        var state = new BgpNeighborState();
        foreach (string line in protocols)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [var name, "BGP", ..] && name.StartsWith(BirdConfig.Protocol, StringComparison.Ordinal))
            {
                Add();
                (isOurs, address, state) = (true, "", new BgpNeighborState());
            }
            else if (words.Length >= 4 && words[1] is "Device" or "BFD" or "Static")
            {
                Add();
                isOurs = false;
            }
            else if (isOurs && line.Split(':', 2, StringSplitOptions.TrimEntries) is [var field, var value])
            {
                if (field == "Neighbor address")
                {
                    address = value.Split('%')[0];
                }
                else
                {
                    state = Take(state, field, value);
                }
            }
        }

        Add();
        return states.ToImmutable();

        void Add()
        {
            if (isOurs && address.Length > 0)
            {
                states[address] = state with { IsBfdUp = bfd.TryGetValue(address, out bool isUp) ? isUp : null };
            }
        }
    }

    private static BgpNeighborState Take(BgpNeighborState state, string field, string value) => field switch
    {
        "BGP state" => state with { IsEstablished = value == "Established" },

        // Routes:         0 imported, 3 exported, 0 preferred
        "Routes" when ExportedOf(value) is { } exported => state with { PrefixesAnnounced = state.PrefixesAnnounced + exported },
        "Last error" => state with { Failure = FailureOf(value), Detail = FailureOf(value) == BgpFailure.NoAnswer && !IsReset(value) ? "" : value },
        _ => state,
    };

    private static int? ExportedOf(string value) =>
        value.Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(part => part.EndsWith(" exported", StringComparison.Ordinal)) is { } part
        && int.TryParse(part.AsSpan(0, part.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture, out int count)
            ? count
            : null;

    /// <summary>Cease (RFC 4486): the router ended the session to take it up again at once. Where it does not come, something else is wrong since.</summary>
    private static bool IsReset(string error) => error is "Received: Administrative reset" or "Received: Other configuration change";

    private static BgpFailure FailureOf(string error) => error switch
    {
        _ when error.Contains("Bad peer AS", StringComparison.OrdinalIgnoreCase) => BgpFailure.WrongAsn,
        _ when error.Contains("BFD", StringComparison.Ordinal) => BgpFailure.BfdDown,
        _ when error.Contains("Hold timer expired", StringComparison.OrdinalIgnoreCase) => BgpFailure.HoldTimeExpired,
        _ when IsReset(error) => BgpFailure.NoAnswer,
        _ when error.StartsWith("Received:", StringComparison.Ordinal) || error.StartsWith("BGP Error:", StringComparison.Ordinal) => BgpFailure.Refused,
        _ => BgpFailure.NoAnswer,
    };
}
