using System.Collections.Immutable;
using System.Text.Json;

namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>Reads <c>show bgp neighbors json</c> of bgpd.</summary>
internal static class FrrNeighborReader
{
    private const string BadPeerAs = "0202";
    private const string HoldTimerExpired = "04";
    private const string BfdDown = "060A";

    // Cease (RFC 4486): the router ends the session to take it up again at once. Where it does not come, something else is wrong since.
    private const string Reset = "0604";
    private const string ConfigurationChange = "0606";

    /// <summary>States by what bgpd calls the neighbour.</summary>
    /// <exception cref="BgpException">It is not what bgpd prints.</exception>
    public static ImmutableDictionary<string, BgpNeighborState> Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.EnumerateObject()
                .Where(neighbor => neighbor.Value.ValueKind == JsonValueKind.Object)
                .ToImmutableDictionary(neighbor => neighbor.Name, neighbor => Read(neighbor.Value), StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            throw new BgpException($"read bgpd's neighbours: {e.Message}", e);
        }
    }

    private static BgpNeighborState Read(JsonElement neighbor)
    {
        bool isEstablished = TextOf(neighbor, "bgpState") == "Established";
        bool hasBfd = neighbor.TryGetProperty("peerBfdInfo", out JsonElement bfd);
        (BgpFailure failure, string detail) = FailureOf(neighbor);
        return new BgpNeighborState
        {
            IsEstablished = isEstablished,
            Uptime = isEstablished ? TimeSpan.FromMilliseconds(NumberOf(neighbor, "bgpTimerUpMsec")) : null,
            PrefixesAnnounced = isEstablished && neighbor.TryGetProperty("addressFamilyInfo", out JsonElement families)
                ? (int)families.EnumerateObject().Sum(family => NumberOf(family.Value, "sentPrefixCounter"))
                : 0,
            Bfd = hasBfd ? new BfdTiming((int)NumberOf(bfd, "txMinInterval"), (int)NumberOf(bfd, "rxMinInterval"), (int)NumberOf(bfd, "detectMultiplier")) : null,
            IsBfdUp = hasBfd ? TextOf(bfd, "status") == "Up" : null,
            Drops = NumberOf(neighbor, "connectionsDropped"),
            Failure = failure,
            Detail = detail,
        };
    }

    private static (BgpFailure Failure, string Detail) FailureOf(JsonElement neighbor)
    {
        string reset = TextOf(neighbor, "lastResetDueTo");
        string code = TextOf(neighbor, "lastErrorCodeSubcode");
        string reason = TextOf(neighbor, "lastNotificationReason");
        bool isNotification = reset.Contains("Notification", StringComparison.OrdinalIgnoreCase);
        return code switch
        {
            BfdDown when isNotification => (BgpFailure.BfdDown, reason),
            _ when reset.StartsWith("BFD", StringComparison.Ordinal) => (BgpFailure.BfdDown, reset),
            BadPeerAs when isNotification => (BgpFailure.WrongAsn, reason),
            _ when isNotification && code.StartsWith(HoldTimerExpired, StringComparison.Ordinal) => (BgpFailure.HoldTimeExpired, reason),
            Reset or ConfigurationChange when isNotification => (BgpFailure.NoAnswer, reason),
            _ when isNotification => (BgpFailure.Refused, reason),
            _ => (BgpFailure.NoAnswer, ""),
        };
    }

    private static string TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";

    private static long NumberOf(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.TryGetInt64(out long number) ? number : 0;
}
