using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux;

/// <summary>The kernel refused something. The message says what was attempted, on what, the errno and, where known, what to do.</summary>
public class LinuxException : Exception
{
    /// <summary>Describes a failed operation.</summary>
    /// <param name="operation">What was attempted and on what, as in <c>open network namespace 'web'</c>.</param>
    /// <param name="errorNumber">The positive errno.</param>
    /// <param name="remedy">What the user can do; null to derive it from the errno where there is a general answer.</param>
    public LinuxException(string operation, int errorNumber, string? remedy = null)
        : base(Compose(operation, errorNumber, detail: null, remedy))
    {
        Operation = operation;
        ErrorNumber = errorNumber;
    }

    /// <summary>As the public one, with the kernel's own words.</summary>
    private protected LinuxException(string operation, int errorNumber, string? detail, string? remedy)
        : base(Compose(operation, errorNumber, detail, remedy))
    {
        Operation = operation;
        ErrorNumber = errorNumber;
    }

    /// <summary>What was attempted and on what.</summary>
    public string Operation { get; }

    /// <summary>The positive errno.</summary>
    public int ErrorNumber { get; }

    /// <summary>The exception for the errno that the calling thread's last P/Invoke left.</summary>
    internal static LinuxException ForLastError(string operation, string? remedy = null) =>
        new(operation, Marshal.GetLastPInvokeError(), remedy);

    private static string Compose(string operation, int errorNumber, string? detail, string? remedy)
    {
        string message = $"{operation}: {Marshal.GetPInvokeErrorMessage(errorNumber)} (errno {errorNumber})";
        if (!string.IsNullOrEmpty(detail))
        {
            message += $": {detail}";
        }

        remedy ??= errorNumber is Errno.NotPermitted or Errno.Access ? "needs root or CAP_NET_ADMIN" : null;
        return remedy is null ? message : $"{message}; {remedy}";
    }
}
