using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Bpf;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Kernel;

/// <summary>Keeps <c>lodestone_nic</c> at the devices of bound network interfaces, and nowhere else.</summary>
internal sealed partial class NicAttacher(KernelDatapath datapath, ILogger logger)
{
    /// <summary>Attaches and detaches; returns why it failed, by interface index, where it did.</summary>
    public ImmutableDictionary<uint, string> Apply(ImmutableArray<NicModel> nics)
    {
        ImmutableDictionary<uint, string>.Builder failures = ImmutableDictionary.CreateBuilder<uint, string>();
        var wanted = new HashSet<uint>();
        foreach (NicModel nic in nics)
        {
            if (nic.Device is not { } device)
            {
                continue;
            }

            wanted.Add(device.Index);
            try
            {
                datapath.AttachNic(device.Index);
            }
            catch (Exception e) when (e is BpfException or IOException)
            {
                failures[device.Index] = e.Message;
                Log.NotAttached(logger, device.Name, e.Message);
            }
        }

        foreach (uint ifindex in datapath.AttachedNics)
        {
            if (!wanted.Contains(ifindex))
            {
                datapath.DetachNic(ifindex);
            }
        }

        return failures.ToImmutable();
    }

    private static partial class Log
    {
        [LoggerMessage(4110, LogLevel.Warning, "Device {Device} cannot be bound: {Message}")]
        internal static partial void NotAttached(ILogger logger, string device, string message);
    }
}
