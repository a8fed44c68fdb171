namespace Lodestone.Linux.Interop;

/// <summary>The error numbers that the code above libc tells apart.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;      // EPERM
    public const int NoEntry = 2;           // ENOENT
    public const int NoProcess = 3;         // ESRCH
    public const int Interrupted = 4;       // EINTR
    public const int Again = 11;            // EAGAIN
    public const int Access = 13;           // EACCES
    public const int Exists = 17;           // EEXIST
    public const int NoDevice = 19;         // ENODEV
    public const int Invalid = 22;          // EINVAL
    public const int NotImplemented = 38;   // ENOSYS
    public const int NotSupported = 95;     // EOPNOTSUPP
    public const int AddressFamilyNotSupported = 97;    // EAFNOSUPPORT
    public const int NetworkUnreachable = 101;  // ENETUNREACH
    public const int NoBuffers = 105;       // ENOBUFS
    public const int ConnectionRefused = 111;   // ECONNREFUSED
    public const int HostUnreachable = 113; // EHOSTUNREACH
}
