namespace Lodestone.Bpf;

/// <summary>The compiled objects, embedded when this assembly is built.</summary>
public static class LodestoneObjects
{
    /// <summary>The data path: programs lodestone_xdp, lodestone_up, lodestone_tc, lodestone_nic and lodestone_probe.</summary>
    public static byte[] Datapath => Read("lodestone.bpf.o");

    /// <summary>The same with the wrappers that measure it.</summary>
    public static byte[] Bench => Read("bench.bpf.o");

    private static byte[] Read(string name)
    {
        using Stream stream = typeof(LodestoneObjects).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"This build lacks {name}.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
