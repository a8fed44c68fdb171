namespace Lodestone.Bpf;

/// <summary>Which packets of a device a tc program sees; the values are the kernel's attach types.</summary>
public enum TcxDirection
{
    /// <summary>What comes in.</summary>
    Ingress = 46,

    /// <summary>What goes out.</summary>
    Egress = 47,
}
