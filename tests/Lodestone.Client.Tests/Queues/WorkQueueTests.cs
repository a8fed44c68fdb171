using Lodestone.Client.Queues;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Client.Tests.Queues;

public sealed class WorkQueueTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Add_SameKeyTwice_IsTakenOnce()
    {
        using var queue = new WorkQueue<string>("test", null, _time);
        queue.Add("a");
        queue.Add("a");
        queue.Add("b");

        Assert.Equal("a", await Take(queue));
        Assert.Equal("b", await Take(queue));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task Suspend_Keys_AreForgottenUntilResume()
    {
        using var queue = new WorkQueue<string>("test", null, _time);
        queue.Suspend();
        queue.Add("a");
        queue.AddAfter("b", TimeSpan.FromSeconds(1));
        queue.AddRateLimited("c");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(queue.IsIdle);

        queue.Resume();
        Assert.True(queue.IsIdle);
        queue.Add("d");

        Assert.Equal("d", await Take(queue));
    }

    [Fact]
    public async Task Add_KeyBeingWorkedOn_WaitsUntilDone()
    {
        using var queue = new WorkQueue<string>("test", null, _time);
        queue.Add("a");
        await Take(queue);

        queue.Add("a");
        queue.Add("a");
        Assert.Equal(0, queue.Count);

        queue.Done("a");
        Assert.Equal(1, queue.Count);
        await Take(queue);
        queue.Done("a");
        Assert.True(queue.IsIdle);
    }

    [Fact]
    public void AddAfter_TwoDelays_TheEarlierCounts()
    {
        using var queue = new WorkQueue<string>("test", null, _time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(5));
        queue.AddAfter("a", TimeSpan.FromSeconds(20));

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, queue.Count);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public async Task AddAfter_LaterEntriesOfATakenKey_DoNotWakeItAgain()
    {
        using var queue = new WorkQueue<string>("test", null, _time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(6));
        await Take(queue);
        queue.Done("a");

        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.True(queue.IsIdle);
    }

    [Fact]
    public async Task AddRateLimited_RepeatedFailures_DelayDoublesUntilForgotten()
    {
        using var queue = new WorkQueue<string>("test", new WorkQueueOptions { MinBackoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(3) }, _time);
        foreach (double seconds in (double[])[1, 2, 3, 3])
        {
            queue.AddRateLimited("a");
            _time.Advance(TimeSpan.FromSeconds(seconds - 0.1));
            Assert.Equal(0, queue.Count);
            _time.Advance(TimeSpan.FromSeconds(0.2));
            Assert.Equal("a", await Take(queue));
            queue.Done("a");
        }

        queue.Forget("a");
        queue.AddRateLimited("a");
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void AddRateLimited_ManyKeysAtOnce_AreSpreadOverTime()
    {
        var options = new WorkQueueOptions { MinBackoff = TimeSpan.FromMilliseconds(1), RetriesPerSecond = 10, RetryBurst = 5 };
        using var queue = new WorkQueue<int>("test", options, _time);
        for (int key = 0; key < 25; key++)
        {
            queue.AddRateLimited(key);
        }

        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(5, queue.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(queue.Count, 14, 16);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(25, queue.Count);
    }

    [Fact]
    public async Task Complete_WaitingKeys_AreDrainedAndNewOnesRefused()
    {
        using var queue = new WorkQueue<string>("test", null, _time);
        queue.Add("a");
        queue.AddAfter("later", TimeSpan.FromSeconds(1));
        queue.Complete();
        queue.Add("b");

        Assert.Equal("a", await Take(queue));
        Assert.False((await queue.TakeAsync(TestContext.Current.CancellationToken)).Found);
    }

    [Fact]
    public async Task Take_ManyWorkers_NeverTwoOnOneKey()
    {
        using var queue = new WorkQueue<int>("test");
        int[] inWork = new int[8];
        int violations = 0;
        int worked = 0;
        Task[] workers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (await queue.TakeAsync() is { Found: true } taken)
            {
                if (Interlocked.Increment(ref inWork[taken.Key]) != 1)
                {
                    Interlocked.Increment(ref violations);
                }

                await Task.Yield();
                Interlocked.Increment(ref worked);
                Interlocked.Decrement(ref inWork[taken.Key]);
                queue.Done(taken.Key);
            }
        }))];
        for (int i = 0; i < 20_000; i++)
        {
            queue.Add(i % 8);
        }

        await Eventually.HoldsAsync(() => queue.IsIdle, "all keys worked on");
        queue.Complete();
        await Task.WhenAll(workers);

        Assert.Equal(0, violations);
        Assert.True(worked >= 8);
    }

    private static async Task<T> Take<T>(WorkQueue<T> queue)
        where T : notnull
    {
        (bool found, T key) = await queue.TakeAsync(TestContext.Current.CancellationToken);
        Assert.True(found);
        return key;
    }
}
