using System.Globalization;

namespace Lodestone.Linux.Kernel;

/// <summary>A set of capabilities.</summary>
/// <param name="Bits">One bit per capability number.</param>
public readonly record struct Capabilities(ulong Bits)
{
    private const string Field = "CapEff:";

    /// <summary>Whether the capability is in the set.</summary>
    public bool Has(Capability capability) => (Bits >> (int)capability & 1) != 0;

    /// <summary>What the calling thread may use now.</summary>
    public static Capabilities ReadEffective() => Parse(File.ReadLines("/proc/thread-self/status"));

    internal static Capabilities Parse(IEnumerable<string> status)
    {
        foreach (string line in status)
        {
            if (line.StartsWith(Field, StringComparison.Ordinal))
            {
                return new Capabilities(ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            }
        }

        return default;
    }
}
