namespace Lodestone.Bpf;

/// <summary>Somebody else's program is where ours belongs. It is left alone: the message says whose it is and what to do.</summary>
public sealed class DeviceOccupiedException : BpfException
{
    internal DeviceOccupiedException(string message, int error)
        : base(message, error, verifierLog: null)
    {
    }
}
