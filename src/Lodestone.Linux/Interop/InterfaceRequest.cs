using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Lodestone.Linux.Interop;

/// <summary>struct ifreq: a device's name and one argument.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct InterfaceRequest
{
    /// <summary>ifr_name, NUL-terminated.</summary>
    [FieldOffset(0)]
    public NameBuffer Name;

    /// <summary>ifr_data.</summary>
    [FieldOffset(16)]
    public void* Data;

    /// <summary>ifr_hwaddr.sa_family.</summary>
    [FieldOffset(16)]
    public ushort HardwareFamily;

    /// <summary>ifr_hwaddr.sa_data.</summary>
    [FieldOffset(18)]
    public HardwareAddressBuffer HardwareAddress;

    /// <summary>A request for a device.</summary>
    /// <exception cref="ArgumentException">The name is longer than the kernel's 15 bytes.</exception>
    public static InterfaceRequest For(string device)
    {
        if (Encoding.UTF8.GetByteCount(device) is 0 or > 15)
        {
            throw new ArgumentException($"'{device}' is not a device name: 1 to 15 bytes.", nameof(device));
        }

        InterfaceRequest request = default;
        _ = Encoding.UTF8.GetBytes(device, request.Name);
        return request;
    }

    /// <summary>char[IFNAMSIZ].</summary>
    [InlineArray(16)]
    internal struct NameBuffer
    {
        private byte _first;
    }

    /// <summary>The six bytes of an Ethernet address.</summary>
    [InlineArray(6)]
    internal struct HardwareAddressBuffer
    {
        private byte _first;
    }
}
