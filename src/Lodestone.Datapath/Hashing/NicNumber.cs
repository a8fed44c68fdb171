namespace Lodestone.Datapath.Hashing;

/// <summary>The number of a NIC on the underlay: the VNI that Geneve names it by (RFC 8926, 3.4).</summary>
/// <remarks>
/// The low 24 bits of its <see cref="TargetHash"/>, which are also the last three bytes of its underlay address. It is looked up at
/// an address of the NIC's host, so it has to be its own there and nowhere else.
/// </remarks>
public static class NicNumber
{
    /// <summary>The largest number.</summary>
    public const uint Mask = 0xffffff;

    /// <summary>The number of the target with this identity.</summary>
    public static uint Of(ulong target) => (uint)target & Mask;

    /// <summary>The number of the NetworkInterface with this UID.</summary>
    public static uint Of(string uid) => Of(TargetHash.Of(uid));
}
