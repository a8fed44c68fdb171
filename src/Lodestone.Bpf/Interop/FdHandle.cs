using System.Runtime.InteropServices;

namespace Lodestone.Bpf.Interop;

/// <summary>A descriptor of a map, a program or a link.</summary>
internal sealed class FdHandle : SafeHandle
{
    public FdHandle()
        : base(-1, ownsHandle: true)
    {
    }

    public FdHandle(int fd)
        : this() => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}
