namespace Lodestone.Cli.Trace;

/// <summary>Finds the network interface of this machine that a user names.</summary>
internal static class NicSelector
{
    /// <summary>Finds it.</summary>
    /// <param name="text">Name, namespace/name or device.</param>
    /// <param name="nics">The devices of this machine's NICs, by target.</param>
    /// <param name="names">Names of objects.</param>
    /// <param name="devices">Names of devices.</param>
    /// <returns>The NIC as a target, and its device.</returns>
    /// <exception cref="CommandException">There is none of that name, or more than one.</exception>
    public static (ulong Target, uint Ifindex) Find(string text, IReadOnlyDictionary<ulong, uint> nics, ObjectNames names, DeviceNames devices)
    {
        List<(ulong Target, uint Ifindex)> found = [];
        foreach ((ulong target, uint ifindex) in nics)
        {
            string? name = names.NetworkInterfaceOf(target);
            if (devices.Of(ifindex) == text)
            {
                return (target, ifindex);
            }

            if (name is not null && (name == text || name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..] == text))
            {
                found.Add((target, ifindex));
            }
        }

        return found switch
        {
            [var only] => only,
            [] => throw new CommandException(
                nics.Count == 0
                    ? $"--nic {text}: no network interface is bound to a device of this machine; 'kubectl get nic -A' tells where they are and what they wait for."
                    : $"--nic {text}: no network interface of this machine has that name or device; there are {List(nics)}.",
                ExitCodes.Usage),
            _ => throw new CommandException($"--nic {text}: there are {List(found.ToDictionary())}; name one by namespace/name.", ExitCodes.Usage),
        };

        string List(IReadOnlyDictionary<ulong, uint> listed) => string.Join(", ", listed
            .Select(nic => names.NetworkInterfaceOf(nic.Key) is { } name ? $"{name} (device {devices.Of(nic.Value)})" : $"device {devices.Of(nic.Value)}")
            .Order(StringComparer.Ordinal));
    }
}
