using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

using Lodestone.Linux.Interop;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Devices;

/// <summary>Reads and sets the offloads of a device (SIOCETHTOOL).</summary>
public static unsafe class Ethtool
{
    private const uint GetStrings = 0x1b;       // ETHTOOL_GSTRINGS
    private const uint GetStringSetInfo = 0x37; // ETHTOOL_GSSET_INFO
    private const uint GetFeatureBits = 0x3a;   // ETHTOOL_GFEATURES
    private const uint SetFeatureBits = 0x3b;   // ETHTOOL_SFEATURES
    private const uint GetChannelCounts = 0x3c; // ETHTOOL_GCHANNELS
    private const int FeatureStrings = 4;       // ETH_SS_FEATURES
    private const int StringLength = 32;        // ETH_GSTRING_LEN

    // SetFeatureBits answers with flags; this one says that a requested bit can't be changed.
    private const int Unsupported = 1;          // ETHTOOL_F_UNSUPPORTED

    /// <summary>The offloads of a device.</summary>
    /// <exception cref="LinuxException">No such device.</exception>
    public static DeviceFeatures GetFeatures(string device, NetworkNamespace? networkNamespace = null)
    {
        using SafeSocketHandle socket = SocketFactory.OpenControl(networkNamespace);
        string[] names = GetNames(socket, device);
        uint blocks = BlocksOf(names.Length);

        // struct ethtool_gfeatures: cmd, size, then {available, requested, active, never_changed} per 32 features.
        uint[] buffer = new uint[2 + (blocks * 4)];
        buffer[0] = GetFeatureBits;
        buffer[1] = blocks;
        _ = Request(socket, device, MemoryMarshal.AsBytes(buffer.AsSpan()), $"read features of '{device}'");

        var features = new Dictionary<string, bool>(names.Length, StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].Length > 0)
            {
                features[names[i]] = (buffer[2 + (i / 32 * 4) + 2] >> (i % 32) & 1) != 0;
            }
        }

        return new DeviceFeatures(features);
    }

    /// <summary>The queues of a device; null where its driver does not tell.</summary>
    public static DeviceChannels? GetChannels(string device, NetworkNamespace? networkNamespace = null)
    {
        using SafeSocketHandle socket = SocketFactory.OpenControl(networkNamespace);

        // struct ethtool_channels: cmd, max_{rx,tx,other,combined}, {rx,tx,other,combined}_count.
        uint[] buffer = new uint[9];
        buffer[0] = GetChannelCounts;
        try
        {
            _ = Request(socket, device, MemoryMarshal.AsBytes(buffer.AsSpan()), $"read queues of '{device}'");
        }
        catch (LinuxException)
        {
            return null;
        }

        return new DeviceChannels((int)(buffer[5] + buffer[8]), (int)(buffer[6] + buffer[8]), (int)(buffer[1] + buffer[4]), (int)(buffer[2] + buffer[4]));
    }

    /// <summary>Switches offloads on or off. Meant for labs: a product has no business with them.</summary>
    /// <param name="device">The device.</param>
    /// <param name="changes">The kernel's names and what they shall be.</param>
    /// <param name="networkNamespace">The device's namespace; null for the calling thread's.</param>
    /// <exception cref="ArgumentException">The kernel knows no such feature.</exception>
    /// <exception cref="NotSupportedException">The device can't change one of them.</exception>
    /// <exception cref="LinuxException">No such device, or the privilege is missing.</exception>
    public static void SetFeatures(string device, IReadOnlyDictionary<string, bool> changes, NetworkNamespace? networkNamespace = null)
    {
        ArgumentNullException.ThrowIfNull(changes);
        using SafeSocketHandle socket = SocketFactory.OpenControl(networkNamespace);
        string[] names = GetNames(socket, device);
        uint blocks = BlocksOf(names.Length);

        // struct ethtool_sfeatures: cmd, size, then {valid, requested} per 32 features.
        uint[] buffer = new uint[2 + (blocks * 2)];
        buffer[0] = SetFeatureBits;
        buffer[1] = blocks;
        foreach ((string name, bool on) in changes)
        {
            int bit = Array.IndexOf(names, name);
            if (bit < 0)
            {
                throw new ArgumentException($"The kernel knows no feature '{name}'.", nameof(changes));
            }

            int block = 2 + (bit / 32 * 2);
            buffer[block] |= 1u << (bit % 32);
            buffer[block + 1] |= on ? 1u << (bit % 32) : 0;
        }

        string wanted = string.Join(", ", changes.Select(change => $"{change.Key} {(change.Value ? "on" : "off")}"));
        int result = Request(socket, device, MemoryMarshal.AsBytes(buffer.AsSpan()), $"set features of '{device}' ({wanted})");
        if ((result & Unsupported) != 0)
        {
            throw new NotSupportedException($"set features of '{device}' ({wanted}): the device can't change one of them");
        }
    }

    private static uint BlocksOf(int features) => ((uint)features + 31) / 32;

    // The position of a name is the number of its bit.
    private static string[] GetNames(SafeSocketHandle socket, string device)
    {
        // struct ethtool_sset_info: cmd, reserved, mask (64 bit), one count per bit of the mask.
        uint[] info = [GetStringSetInfo, 0, 1u << FeatureStrings, 0, 0];
        _ = Request(socket, device, MemoryMarshal.AsBytes(info.AsSpan()), $"count features of '{device}'");
        int count = (int)info[4];

        // struct ethtool_gstrings: cmd, set, length, then 32 bytes each.
        byte[] buffer = new byte[12 + (count * StringLength)];
        Span<uint> header = MemoryMarshal.Cast<byte, uint>(buffer.AsSpan(0, 12));
        header[0] = GetStrings;
        header[1] = FeatureStrings;
        header[2] = (uint)count;
        _ = Request(socket, device, buffer, $"read feature names of '{device}'");

        string[] names = new string[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> name = buffer.AsSpan(12 + (i * StringLength), StringLength);
            int end = name.IndexOf((byte)0);
            names[i] = Encoding.ASCII.GetString(end < 0 ? name : name[..end]);
        }

        return names;
    }

    private static int Request(SafeSocketHandle socket, string device, Span<byte> argument, string operation)
    {
        fixed (byte* pointer = argument)
        {
            InterfaceRequest request = InterfaceRequest.For(device);
            request.Data = pointer;
            int result = Libc.ioctl(socket, LibcConstants.EthtoolRequest, &request);
            return result >= 0 ? result : throw LinuxException.ForLastError(operation);
        }
    }
}
