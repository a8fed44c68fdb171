using System.IO.Hashing;
using System.Text;

namespace Lodestone.Datapath.Hashing;

/// <summary>The 64-bit identity of a target, made from the UID of its NetworkInterface.</summary>
/// <remarks>
/// XXH64 with seed 0 of the UID's UTF-8 bytes; 0, which means "no target" everywhere, becomes 1. It decides what a ring looks
/// like and is the lower half of a NIC's underlay address, so it may never change: gateways of two releases serve one VIP.
/// </remarks>
public static class TargetHash
{
    private const int StackBytes = 256;

    /// <summary>The identity of the NetworkInterface with this UID. Never 0.</summary>
    public static ulong Of(string uid)
    {
        ArgumentException.ThrowIfNullOrEmpty(uid);
        int length = Encoding.UTF8.GetByteCount(uid);
        Span<byte> bytes = length <= StackBytes ? stackalloc byte[length] : new byte[length];
        Encoding.UTF8.GetBytes(uid, bytes);
        ulong hash = XxHash64.HashToUInt64(bytes);
        return hash == 0 ? 1 : hash;
    }
}
