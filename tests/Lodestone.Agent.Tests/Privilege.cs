using Xunit;

namespace Lodestone.Agent.Tests;

/// <summary>What a test needs of the machine it runs on.</summary>
internal static class Privilege
{
    /// <summary>Skips the test, saying why, where programs and maps may not be loaded.</summary>
    public static void RequireRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it loads BPF maps and makes network namespaces");
}
