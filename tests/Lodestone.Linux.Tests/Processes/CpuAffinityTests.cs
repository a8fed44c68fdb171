using Lodestone.Linux.Processes;
using Xunit;

namespace Lodestone.Linux.Tests.Processes;

public sealed class CpuAffinityTests
{
    [Fact]
    public void SetCurrentThread_OneProcessor_IsTheOnlyOneAllowedThere()
    {
        int cpu = LastAllowed();
        string allowed = OnThread(() =>
        {
            CpuAffinity.SetCurrentThread(cpu);
            return Allowed();
        });

        Assert.Equal(cpu.ToString(System.Globalization.CultureInfo.InvariantCulture), allowed);
    }

    [Fact]
    public void SetCurrentThread_ProcessorThatIsNotThere_SaysWhichThereAre()
    {
        string message = OnThread(() => Assert.Throws<LinuxException>(() => CpuAffinity.SetCurrentThread(1023)).Message);

        Assert.Contains("processors 1023", message, StringComparison.Ordinal);
        Assert.Contains("Cpus_allowed_list", message, StringComparison.Ordinal);
    }

    [Fact]
    public void SetCurrentThread_None_Throws() => Assert.Throws<ArgumentException>(() => CpuAffinity.SetCurrentThread());

    private static int LastAllowed() => int.Parse(Allowed().Split(',', '-')[^1], System.Globalization.CultureInfo.InvariantCulture);

    private static string Allowed() =>
        File.ReadLines("/proc/thread-self/status").Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];

    private static T OnThread<T>(Func<T> function)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    }
}
