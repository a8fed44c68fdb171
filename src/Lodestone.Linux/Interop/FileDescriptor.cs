using Microsoft.Win32.SafeHandles;

namespace Lodestone.Linux.Interop;

/// <summary>A descriptor that is closed with the handle.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
