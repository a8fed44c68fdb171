using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Lodestone.Linux.Kernel;

/// <summary>A kernel's version, of which the first three numbers count.</summary>
/// <param name="Major">6 of 6.18.4.</param>
/// <param name="Minor">18 of 6.18.4.</param>
/// <param name="Patch">4 of 6.18.4; 0 when it is not told.</param>
public readonly record struct KernelRelease(int Major, int Minor, int Patch = 0) : IComparable<KernelRelease>
{
    /// <summary>The running kernel's.</summary>
    public static KernelRelease Current { get; } = Parse(File.ReadAllText("/proc/sys/kernel/osrelease"));

    /// <summary>Reads what <c>uname -r</c> prints: <c>6.18.4-arch1</c>, <c>6.1.0-13-amd64</c>, <c>6.19-rc1</c>.</summary>
    /// <exception cref="FormatException">It does not begin with two numbers.</exception>
    public static KernelRelease Parse(string text) =>
        TryParse(text, out KernelRelease release) ? release : throw new FormatException($"'{text}' is not a kernel release like 6.18.4.");

    /// <summary>Reads what <c>uname -r</c> prints.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out KernelRelease release)
    {
        release = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (!TakeNumber(ref rest, out int major) || !TakeDot(ref rest) || !TakeNumber(ref rest, out int minor))
        {
            return false;
        }

        int patch = 0;
        if (TakeDot(ref rest))
        {
            _ = TakeNumber(ref rest, out patch);
        }

        release = new KernelRelease(major, minor, patch);
        return true;
    }

    /// <summary>Orders by major, minor, patch.</summary>
    public int CompareTo(KernelRelease other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Whether the left one is older.</summary>
    public static bool operator <(KernelRelease left, KernelRelease right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one is newer.</summary>
    public static bool operator >(KernelRelease left, KernelRelease right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one is older or the same.</summary>
    public static bool operator <=(KernelRelease left, KernelRelease right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one is newer or the same.</summary>
    public static bool operator >=(KernelRelease left, KernelRelease right) => left.CompareTo(right) >= 0;

    /// <summary>The three numbers with dots.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    private static bool TakeDot(ref ReadOnlySpan<char> rest)
    {
        if (rest is not ['.', ..])
        {
            return false;
        }

        rest = rest[1..];
        return true;
    }

    private static bool TakeNumber(ref ReadOnlySpan<char> rest, out int number)
    {
        int digits = rest.IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? rest.Length : digits;
        bool taken = int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out number);
        rest = rest[digits..];
        return taken;
    }
}
