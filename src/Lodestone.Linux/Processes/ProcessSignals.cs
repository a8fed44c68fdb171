using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Processes;

/// <summary>Signals to other processes that .NET has no call for.</summary>
public static class ProcessSignals
{
    private const int Terminated = 15;

    /// <summary>Asks a process to end (SIGTERM). Does nothing if there is none of that pid.</summary>
    /// <exception cref="LinuxException">It is not ours to end.</exception>
    public static void Terminate(int processId)
    {
        if (Libc.kill(processId, Terminated) != 0 && Marshal.GetLastPInvokeError() != Errno.NoProcess)
        {
            throw LinuxException.ForLastError($"send SIGTERM to process {processId}", "needs root or CAP_KILL");
        }
    }
}
