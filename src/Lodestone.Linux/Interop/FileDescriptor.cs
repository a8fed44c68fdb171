using Microsoft.Win32.SafeHandles;

namespace Lodestone.Linux.Interop;

/// <summary>A descriptor that is closed with the handle.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes over a descriptor.</summary>
    public FileDescriptor(int descriptor)
        : base(ownsHandle: true)
    {
        SetHandle(descriptor);
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
