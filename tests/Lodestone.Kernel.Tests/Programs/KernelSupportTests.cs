using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;

namespace Lodestone.Kernel.Tests.Programs;

/// <summary>docs/kernel-support.md lists exactly what the compiled object asks of a kernel.</summary>
public sealed partial class KernelSupportTests
{
    private const byte Call = 0x85;        // BPF_JMP | BPF_CALL
    private const byte WideImmediate = 0x18;
    private const int SectionIsCode = 4;   // SHF_EXECINSTR

    private static readonly string Page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "kernel-support.md"));

    [Fact]
    public void Helpers_OfTheObject_AreThoseOfThePage()
    {
        (SortedSet<int> helpers, int kernelFunctions) = Calls(LodestoneObjects.Datapath);

        Assert.Equal(Numbers(HelperRow()), helpers);
        Assert.Equal(0, kernelFunctions);
    }

    [Fact]
    public void Maps_OfTheObject_AreThoseOfThePage()
    {
        var schema = LayoutSchema.Of(LodestoneObjects.Datapath);

        Assert.Equal(Numbers(MapTypeRow()), [.. new SortedSet<int>(schema.Maps.Values.Select(map => map.Type))]);
        Assert.Equal(Numbers(MapFlagRow()), [.. new SortedSet<int>(schema.Maps.Values.Select(map => map.Flags).Where(flags => flags != 0))]);
    }

    private static SortedSet<int> Numbers(Regex row) => [.. row.Matches(Page).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>The helpers that an ELF object calls, and how many calls of kernel functions there are.</summary>
    private static (SortedSet<int> Helpers, int KernelFunctions) Calls(ReadOnlySpan<byte> elf)
    {
        SortedSet<int> helpers = [];
        int kernelFunctions = 0;
        int headers = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf[0x28..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3a..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3c..]);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = elf.Slice(headers + (i * size), size);
            if ((BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) & SectionIsCode) == 0)
            {
                continue;
            }

            ReadOnlySpan<byte> code = elf.Slice((int)BinaryPrimitives.ReadUInt64LittleEndian(header[24..]), (int)BinaryPrimitives.ReadUInt64LittleEndian(header[32..]));
            for (int at = 0; at < code.Length; at += code[at] == WideImmediate ? 16 : 8)
            {
                // src_reg: 0 a helper, 1 a function of the object, 2 one of the kernel.
                if (code[at] == Call && code[at + 1] >> 4 == 0)
                {
                    helpers.Add(BinaryPrimitives.ReadInt32LittleEndian(code[(at + 4)..]));
                }
                else if (code[at] == Call && code[at + 1] >> 4 == 2)
                {
                    kernelFunctions++;
                }
            }
        }

        return (helpers, kernelFunctions);
    }

    [GeneratedRegex(@"^\| `bpf_\w+` \((\d+)\) \| \d+\.\d+ \|", RegexOptions.Multiline)]
    private static partial Regex HelperRow();

    [GeneratedRegex(@"^\| map type [^(]*\((\d+)\) \| \d+\.\d+ \|", RegexOptions.Multiline)]
    private static partial Regex MapTypeRow();

    [GeneratedRegex(@"^\| map flag [^(]*\((\d+)\) \| \d+\.\d+ \|", RegexOptions.Multiline)]
    private static partial Regex MapFlagRow();
}
