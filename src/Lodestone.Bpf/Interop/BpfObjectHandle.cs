using System.Runtime.InteropServices;

namespace Lodestone.Bpf.Interop;

/// <summary>A <c>struct bpf_object *</c>. Closing it closes the descriptors of its maps and programs.</summary>
internal sealed class BpfObjectHandle : SafeHandle
{
    public BpfObjectHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibBpf.bpf_object__close(handle);
        return true;
    }
}
