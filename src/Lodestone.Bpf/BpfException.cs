using System.Runtime.InteropServices;
using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>The kernel or libbpf refused something; what was loaded, attached or pinned before still works.</summary>
public class BpfException : Exception
{
    private const int OperationNotPermitted = 1;
    private const int PermissionDenied = 13;

    /// <summary>An error without a number.</summary>
    public BpfException(string message)
        : base(message)
    {
    }

    private protected BpfException(string message, int error, string? verifierLog)
        : base(message)
    {
        Error = error;
        VerifierLog = verifierLog;
    }

    /// <summary>errno, or one of libbpf's own codes (4000 and up); 0 where there is none.</summary>
    public int Error { get; }

    /// <summary>The verifier's log, whole; null where it said nothing.</summary>
    public string? VerifierLog { get; }

    /// <summary>Says what was attempted, on what, what came back and what to do.</summary>
    /// <param name="error">A positive errno or libbpf code.</param>
    /// <param name="attempted">For instance <c>create map 'flows' (1048576 entries)</c>.</param>
    /// <param name="verifierLog">The kernel's log, if it wrote one.</param>
    internal static BpfException For(int error, string attempted, string? verifierLog = null)
    {
        string log = (verifierLog ?? string.Empty).Trim();
        string message = $"{attempted}: {Describe(error)} (errno {error})";
        if (log.Length > 0)
        {
            message += $"; the verifier: {Telling(log)}";
        }
        else if (error is OperationNotPermitted or PermissionDenied)
        {
            message += "; the agent needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN";
        }

        return new BpfException(message, error, log.Length > 0 ? log : null);
    }

    /// <summary>Throws where a libbpf call returned a negative number; else returns it.</summary>
    internal static int Check(int result, string attempted) => result < 0 ? throw For(-result, attempted) : result;

    /// <summary>The last line that says something, and how many others there are: totals and closing marks come after it.</summary>
    internal static string Telling(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string line = lines.LastOrDefault(l => !l.StartsWith("processed ", StringComparison.Ordinal)
            && !l.StartsWith("verification time", StringComparison.Ordinal)
            && !l.StartsWith("stack depth", StringComparison.Ordinal)) ?? log;
        return lines.Length > 1 ? $"{line} ({lines.Length - 1} lines omitted)" : line;
    }

    private static unsafe string Describe(int error)
    {
        byte* buffer = stackalloc byte[256];
        _ = LibBpf.libbpf_strerror(error, buffer, 256);
        return Marshal.PtrToStringUTF8((nint)buffer) ?? "unknown error";
    }
}
