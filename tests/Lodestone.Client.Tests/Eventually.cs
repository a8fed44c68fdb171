using Xunit;

namespace Lodestone.Client.Tests;

/// <summary>Polls for what another task will bring about.</summary>
internal static class Eventually
{
    /// <summary>Returns once the condition holds; fails with what was expected after ten seconds.</summary>
    internal static async Task HoldsAsync(Func<bool> condition, string expectation, Action? betweenPolls = null)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10), $"not within 10 s: {expectation}");
            betweenPolls?.Invoke();
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }
}
