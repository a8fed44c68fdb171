using Xunit;

namespace Lodestone.Agent.Tests;

/// <summary>Waits for what the kernel does in its own time.</summary>
internal static class TestPoll
{
    /// <summary>Polls until it holds, at most ten seconds.</summary>
    public static void Until(Func<bool> holds, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10), $"not within ten seconds: {what}");
            Thread.Yield();
        }
    }
}
