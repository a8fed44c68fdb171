using System.Globalization;
using Lodestone.Bpf;

namespace Lodestone.Kernel.Tests.Programs;

/// <summary>What the verifier goes through for each program, printed, and held by <c>verifier-budget.txt</c>: a program near its limits is refused by an older kernel first.</summary>
public sealed class VerifierBudgetTests
{
    private const int Limit = 1_000_000; // BPF_COMPLEXITY_LIMIT_INSNS
    private const int StackLimit = 512;  // MAX_BPF_STACK
    private const string File = "verifier-budget.txt";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Programs_AreWithinTheirBudget(bool frags)
    {
        Dictionary<string, int[]> budget = ReadBudget();
        using BpfObject loaded = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
        {
            Statistics = true,
            XdpFrags = frags,
            Constants = new Dictionary<string, ulong> { ["xdp_frags"] = frags ? 1ul : 0ul },
            Programs = frags ? ["lodestone_xdp"] : null,
        });
        Console.WriteLine($"{"program",-20} {"instructions",12} {"states",7} {"peak",6} {"xlated",7} {"jited",7}  stack");
        List<string> exceeded = [];
        foreach ((string program, BpfProgram p) in loaded.Programs)
        {
            string name = frags ? $"{program}/frags" : program;
            VerifierStatistics statistics = Assert.IsType<VerifierStatistics>(p.Statistics);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-20} {statistics.Instructions,12:N0} {statistics.TotalStates,7:N0} {statistics.PeakStates,6:N0} {p.TranslatedBytes,7:N0} {p.JitedBytes,7:N0}  {string.Join("+", statistics.StackBytes)}"));

            // The log and the kernel's own count agree: this is the program that was loaded.
            Assert.Equal((uint)statistics.Instructions, p.VerifiedInstructions);
            Assert.NotEqual(0u, p.TranslatedBytes);
            Assert.NotEmpty(statistics.StackBytes);
            int[] most = Assert.Contains(name, (IReadOnlyDictionary<string, int[]>)budget);
            Check("instructions", statistics.Instructions, most[0], Limit);
            Check("xlated bytes", (int)p.TranslatedBytes, most[1], int.MaxValue);
            Check("bytes of stack in one function", statistics.StackBytes.Max(), most[2], StackLimit);

            void Check(string what, int found, int allowed, int limit)
            {
                if (found > allowed || found > limit)
                {
                    exceeded.Add($"{name}: {found} {what}, {allowed} are allowed");
                }
            }
        }

        Assert.True(
            exceeded.Count == 0,
            $"{string.Join("; ", exceeded)}. Move what is rare into a __noinline function of its own, which is verified once (bpf/include/rare.h),"
            + $" or, if it has to be, raise tests/Lodestone.Kernel.Tests/Programs/{File} and say why in the commit.");
    }

    [Fact]
    public void Parse_ALogOfTheVerifier_IsRead()
    {
        VerifierStatistics read = VerifierStatistics.Parse(
            "verification time 1234 usec\nstack depth 96+0+24\nprocessed 1523 insns (limit 1000000) max_states_per_insn 4 total_states 61 peak_states 60 mark_read 12\n")!;

        Assert.Equal((1523, 61, 60), (read.Instructions, read.TotalStates, read.PeakStates));
        Assert.Equal([96, 0, 24], read.StackBytes);
        Assert.Null(VerifierStatistics.Parse("R0 invalid"));
    }

    /// <summary>Lines of program, instructions, xlated bytes, bytes of stack.</summary>
    private static Dictionary<string, int[]> ReadBudget() => System.IO.File.ReadLines(Path.Combine(AppContext.BaseDirectory, File))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(words => words[0], words => words[1..].Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray());
}
