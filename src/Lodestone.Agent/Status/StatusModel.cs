using Lodestone.Agent.Desired;

namespace Lodestone.Agent.Status;

/// <summary>What statuses should say. Pure.</summary>
internal static class StatusModel
{
    /// <summary>Condition type of a NetworkInterface.</summary>
    public const string Bound = "Bound";

    /// <summary>State, reason and message of a network interface of this machine.</summary>
    public static (string State, string Reason, string Message) NicOf(NicModel nic, AgentState state) =>
        nic.Device is { } device && state.AttachFailures.TryGetValue(device.Index, out string? failure)
            ? (NicStates.Error, Reasons.AttachFailed, failure)
            : (nic.State, nic.Reason, nic.Message);

    /// <summary>The addresses a network interface has: those of its spec, once it is bound.</summary>
    public static List<string>? AddressesOf(NicModel nic) =>
        nic.Device is null || nic.Addresses.IsEmpty ? null : [.. nic.Addresses.Select(address => address.ToString())];

    /// <summary>The further prefixes a network interface has, once it is bound.</summary>
    public static List<string>? PrefixesOf(NicModel nic) => nic.Device is null || nic.Prefixes.IsEmpty ? null : [.. nic.Prefixes];
}
