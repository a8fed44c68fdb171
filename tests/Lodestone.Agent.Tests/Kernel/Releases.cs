using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Lodestone.Agent.Apply;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>Objects of other releases.</summary>
internal static class Releases
{
    /// <summary>The object of layout 1, as it was.</summary>
    public static byte[] Layout1()
    {
        using Stream packed = typeof(Releases).Assembly.GetManifestResourceStream("layout-1.bpf.o.gz")!;
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>This release's object, but of the layout after: the number is in its types alone.</summary>
    public static byte[] NextLayout()
    {
        byte[] image = LodestoneObjects.Datapath;
        int types = image.AsSpan().IndexOf(stackalloc byte[] { 0x9f, 0xeb, 1, 0 });
        ReadOnlySpan<byte> header = image.AsSpan(types);
        int strings = types + Int(header, 4) + Int(header, 16);
        int name = image.AsSpan(strings).IndexOf(Encoding.ASCII.GetBytes("\0LAYOUT_VERSION\0")) + 1;
        for (int at = types + Int(header, 4); ; at += 4)
        {
            // struct btf_enum: name, value.
            if (Int(image, at) == name && Int(image, at + 4) == (int)DatapathConfig.CurrentLayoutVersion)
            {
                BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at + 4), (int)DatapathConfig.CurrentLayoutVersion + 1);
                return image;
            }
        }
    }

    /// <summary>Our tc program under a name that is not ours.</summary>
    public static byte[] Foreign()
    {
        byte[] image = LodestoneObjects.Datapath;
        ReadOnlySpan<byte> ours = "\0lodestone_up\0"u8;
        for (int at = image.AsSpan().IndexOf(ours); at >= 0; at = image.AsSpan().IndexOf(ours))
        {
            "\0foreignne_up\0"u8.CopyTo(image.AsSpan(at));
        }

        return image;
    }

    /// <summary>Pins maps of layout 1 as its agents did, with what they would hold, and attaches its programs.</summary>
    public static void RunLayout1(string directory, DatapathCapacities capacities, MemoryDatapathMaps content, int uplink)
    {
        byte[] image = Layout1();
        var schema = LayoutSchema.Of(image);
        using BpfObject loaded = BpfObject.Load(image, new BpfLoadOptions { MapSizes = KernelDatapathMaps.SizesOf(capacities).Where(size => schema.Maps.ContainsKey(size.Key)).ToDictionary(), PinDirectory = directory });
        content.Config.LayoutVersion = 1;
        Write<DatapathConfig, Blob64>("config", "config", new ReadOnlySpan<DatapathConfig>(in content.Config));
        Write<Vip, Blob128>("vips", "vip", content.Vips);
        Write<Real, Blob64>("reals", "real", content.Reals);
        Write<RingSlot, ulong>("rings", "ring_slot", content.Rings);
        Write<FlowBucket, Blob64>("flows", "flow_bucket", content.Flows);
        string links = Path.Combine(directory, "links");
        Directory.CreateDirectory(links);
        using BpfLink tc = BpfLink.AttachTcx(loaded.Programs["lodestone_up"], uplink, TcxDirection.Ingress);
        tc.Pin(Path.Combine(links, "uplink-tc"));
        using BpfLink xdp = BpfLink.AttachXdp(loaded.Programs["lodestone_xdp"], uplink);
        xdp.Pin(Path.Combine(links, "uplink-xdp"));

        void Write<T, TBlob>(string map, string name, ReadOnlySpan<T> values)
            where T : unmanaged
            where TBlob : unmanaged
        {
            LayoutStruct theirs = schema.Structs[name];
            StructMirror ours = Mirrors.Structs.First(mirror => mirror.CName == name);
            Assert.Equal(theirs.Size, Unsafe.SizeOf<TBlob>());
            for (int i = 0; i < values.Length; i++)
            {
                TBlob blob = default;
                Span<byte> to = MemoryMarshal.AsBytes(new Span<TBlob>(ref blob));
                ReadOnlySpan<byte> from = MemoryMarshal.AsBytes(values.Slice(i, 1));
                foreach (FieldMirror field in ours.Fields)
                {
                    if (theirs.Fields.FirstOrDefault(f => f.Name == field.CName) is { } same)
                    {
                        from.Slice(field.Offset, Math.Min(field.Size, same.Size)).CopyTo(to[same.Offset..]);
                    }
                }

                if (name == "real")
                {
                    // Its outer header was finished but for length, traffic class and flow label.
                    Real real = content.Reals[i];
                    Span<byte> header = to.Slice(theirs.Fields.First(field => field.Name == "ip6").Offset, 40);
                    (header[0], header[7]) = (0x60, 64);
                    real.Src.CopyTo(header[8..]);
                    real.Dst.CopyTo(header[24..]);
                    BinaryPrimitives.WriteUInt64BigEndian(header[32..], real.Target);
                }

                loaded.Maps[map].Update((uint)i, blob);
            }
        }
    }

    private static int Int(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);

    [InlineArray(64)]
    private struct Blob64
    {
        private byte _first;
    }

    [InlineArray(128)]
    private struct Blob128
    {
        private byte _first;
    }
}
