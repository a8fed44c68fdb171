namespace Lodestone.Bpf;

/// <summary>This kernel is older than something that Lodestone cannot do without.</summary>
public sealed class BpfFeatureMissingException : BpfException
{
    internal BpfFeatureMissingException(string feature, Version firstKernel, int error)
        : base($"{feature} needs Linux {firstKernel} or newer; this is {Environment.OSVersion.Version}", error, verifierLog: null)
    {
        Feature = feature;
        FirstKernel = firstKernel;
    }

    /// <summary>What is missing.</summary>
    public string Feature { get; }

    /// <summary>The first kernel that has it.</summary>
    public Version FirstKernel { get; }
}
