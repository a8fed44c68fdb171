using System.Collections;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Processes;

/// <summary>On which processors a thread may run.</summary>
public static class CpuAffinity
{
    /// <summary>Keeps the calling thread, and threads and processes that it starts from now on, to these processors.</summary>
    /// <param name="cpus">Their numbers, from 0.</param>
    /// <exception cref="ArgumentException">None is given.</exception>
    /// <exception cref="LinuxException">None of them is there, or none is this process's to use.</exception>
    public static unsafe void SetCurrentThread(params int[] cpus)
    {
        if (cpus.Length == 0)
        {
            throw new ArgumentException("a thread needs a processor to run on; name at least one", nameof(cpus));
        }

        var bits = new BitArray((cpus.Max() | 63) + 1);
        foreach (int cpu in cpus)
        {
            bits[cpu] = true;
        }

        byte[] mask = new byte[bits.Count / 8];
        bits.CopyTo(mask, 0);
        fixed (byte* at = mask)
        {
            if (Libc.sched_setaffinity(0, (nuint)mask.Length, at) != 0)
            {
                throw LinuxException.ForLastError($"run on processors {string.Join(',', cpus)}", "name some of those in /proc/self/status, Cpus_allowed_list");
            }
        }
    }
}
