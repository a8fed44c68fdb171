namespace Lodestone.Bpf;

/// <summary>The kernel's map types, as far as they occur here.</summary>
public enum BpfMapType
{
    /// <summary>Unknown.</summary>
    None = 0,

    /// <summary>Hash table.</summary>
    Hash = 1,

    /// <summary>Array.</summary>
    Array = 2,

    /// <summary>Hash table with a value for each CPU.</summary>
    PerCpuHash = 5,

    /// <summary>Array with a value for each CPU.</summary>
    PerCpuArray = 6,

    /// <summary>Hash table that forgets what was used least recently.</summary>
    LruHash = 9,

    /// <summary>Ring buffer, of which this process reads what programs write.</summary>
    RingBuffer = 27,
}
