namespace Lodestone.Api.Platform;

/// <summary>Values of <see cref="LoadBalancerPolicySpec.Encapsulation"/>.</summary>
public static class EncapsulationModes
{
    /// <summary>What both ends have: directly in IPv6, in Geneve over IPv4, to a plain address directly in IP.</summary>
    public const string Auto = "Auto";

    /// <summary>Directly in IPv6 (RFC 2473).</summary>
    public const string IPv6 = "IPv6";

    /// <summary>In Geneve (RFC 8926).</summary>
    public const string Geneve = "Geneve";

    /// <summary>Directly in IP of the address' family (RFC 2003, 2473, 4213), to plain addresses.</summary>
    public const string Ipip = "IPIP";

    /// <summary>In UDP (GUE, variant 1), to plain addresses.</summary>
    public const string Gue = "GUE";

    internal static string[] All { get; } = [Auto, Geneve, Gue, Ipip, IPv6];
}
