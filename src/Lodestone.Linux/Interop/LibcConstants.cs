namespace Lodestone.Linux.Interop;

/// <summary>Values of the Linux headers; the comment names each one's C spelling where it is not obvious.</summary>
internal static class LibcConstants
{
    public const int AfUnspec = 0;
    public const int AfInet = 2;
    public const int AfInet6 = 10;
    public const int AfNetlink = 16;
    public const int AfPacket = 17;

    public const int SockDgram = 2;
    public const int SockRaw = 3;
    public const int SockCloexec = 0x80000;

    public const int SolNetlink = 270;
    public const int MsgTrunc = 0x20;
    public const int MsgDontWait = 0x40;

    public const int SolPacket = 263;
    public const int PacketAuxiliaryData = 8;       // PACKET_AUXDATA
    public const int PacketIgnoreOutgoing = 23;     // PACKET_IGNORE_OUTGOING

    public const int OpenReadOnly = 0;              // O_RDONLY
    public const int OpenCloexec = 0x80000;         // O_CLOEXEC

    public const int LockExclusive = 2;             // LOCK_EX
    public const int LockNonBlocking = 4;           // LOCK_NB

    public const int CloneNewNet = 0x40000000;      // CLONE_NEWNET

    public const nuint MountBind = 0x1000;          // MS_BIND
    public const nuint MountRecursive = 0x4000;     // MS_REC
    public const nuint MountShared = 0x100000;      // MS_SHARED
    public const int UnmountDetach = 2;             // MNT_DETACH

    public const nuint EthtoolRequest = 0x8946;     // SIOCETHTOOL
    public const nuint AddMulticast = 0x8931;       // SIOCADDMULTI
    public const nuint DeleteMulticast = 0x8932;    // SIOCDELMULTI
}
