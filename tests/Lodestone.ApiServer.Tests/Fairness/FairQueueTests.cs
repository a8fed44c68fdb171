using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Fairness;
using Lodestone.ApiServer.Metrics;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.ApiServer.Tests.Fairness;

public sealed class FairQueueTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Enter_SeatsAreFree_IsAtOnce()
    {
        FairQueue queue = Queue(seats: 3);

        Assert.True(queue.TryEnter("a", out FairQueue.Flow first));
        Assert.True(queue.TryEnter("a", out _));
        Assert.True(queue.TryEnter("b", out _));
        Assert.False(queue.TryEnter("c", out _));

        queue.Leave(first);
        Assert.True(queue.TryEnter("c", out _));
        Assert.Equal((3, 0), (queue.Taken, queue.Waiting));
    }

    [Fact]
    public void Enter_OneUserHasAllButTheReserve_AnotherStillEnters()
    {
        FairQueue queue = Queue(seats: 20);
        int entered = Enumerable.Range(0, 50).Count(_ => queue.TryEnter("hog", out FairQueue.Flow _));

        Assert.Equal(18, entered);
        Assert.True(queue.TryEnter("other", out _));
        Assert.False(queue.TryEnter("other", out _));
    }

    [Fact]
    public async Task Leave_ManyWait_TheSeatGoesToTheUserWithTheFewest()
    {
        FairQueue queue = Queue(seats: 2);
        Assert.True(queue.TryEnter("hog", out FairQueue.Flow hog));
        Assert.True(queue.TryEnter("hog", out _));
        Task<FairQueue.Flow>[] hogs = [.. Enumerable.Range(0, 5).Select(_ => queue.EnterAsync("hog", default))];
        Task<FairQueue.Flow> other = queue.EnterAsync("other", default);

        queue.Leave(hog);

        await other;
        Assert.All(hogs, h => Assert.False(h.IsCompleted));
        Assert.Equal((2, 5), (queue.Taken, queue.Waiting));
    }

    [Fact]
    public async Task Leave_UsersWaitAlike_TheyTakeTurns()
    {
        FairQueue queue = Queue(seats: 1);
        Assert.True(queue.TryEnter("x", out FairQueue.Flow holder));
        var order = new List<string>();
        List<(string User, Task<FairQueue.Flow> Entry)> waiting =
            [.. "aaabcb".Select(u => ($"{u}", queue.EnterAsync($"{u}", default)))];

        while (waiting.Count > 0)
        {
            queue.Leave(holder);
            Task<FairQueue.Flow> entered = await Task.WhenAny(waiting.Select(w => w.Entry));
            holder = await entered;
            order.Add(waiting.Single(w => w.Entry == entered).User);
            waiting.RemoveAll(w => w.Entry == entered);
        }

        Assert.Equal(["a", "b", "c", "a", "b", "a"], order);
    }

    [Fact]
    public async Task Enter_QueueIsFull_IsRefusedForThatUserOnly()
    {
        FairQueue queue = Queue(seats: 1, queue: 3, perUser: 2);
        Assert.True(queue.TryEnter("hog", out _));
        Task<FairQueue.Flow> first = queue.EnterAsync("hog", default);
        Task<FairQueue.Flow> second = queue.EnterAsync("hog", default);

        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => queue.EnterAsync("hog", default));
        Task<FairQueue.Flow> other = queue.EnterAsync("other", default);
        await Assert.ThrowsAsync<ApiException>(() => queue.EnterAsync("third", default));

        Assert.Equal((429, "TooManyRequests", 1), (refused.Code, refused.Status.Reason, refused.Status.Details!.RetryAfterSeconds));
        Assert.All([first, second, other], t => Assert.False(t.IsCompleted));
    }

    [Fact]
    public async Task Enter_WaitsTooLong_IsRefused()
    {
        FairQueue queue = Queue(seats: 1);
        Assert.True(queue.TryEnter("a", out _));
        Task<FairQueue.Flow> waiting = queue.EnterAsync("b", default);

        _time.Advance(TimeSpan.FromSeconds(15));

        Assert.Equal(429, (await Assert.ThrowsAsync<ApiException>(() => waiting)).Code);
        Assert.Equal((1, 0), (queue.Taken, queue.Waiting));
    }

    [Fact]
    public async Task Enter_ClientLeaves_ItsPlaceIsFree()
    {
        FairQueue queue = Queue(seats: 1);
        Assert.True(queue.TryEnter("a", out FairQueue.Flow holder));
        using var leaving = new CancellationTokenSource();
        Task<FairQueue.Flow> left = queue.EnterAsync("b", leaving.Token);
        Task<FairQueue.Flow> next = queue.EnterAsync("c", default);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        queue.Leave(holder);

        queue.Leave(await next);
        Assert.Equal((0, 0), (queue.Taken, queue.Waiting));
    }

    [Fact]
    public async Task EnterAndLeave_ManyAtOnce_NeverMoreThanSeatsAndNoneLost()
    {
        FairQueue queue = Queue(seats: 8, queue: 10_000, perUser: 10_000);
        int inside = 0;
        int most = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 4000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
        {
            string user = $"u{i % 7}";
            FairQueue.Flow flow = queue.TryEnter(user, out FairQueue.Flow entered) ? entered : await queue.EnterAsync(user, default);
            int now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            queue.Leave(flow);
        });

        Assert.Equal((0, 0), (queue.Taken, queue.Waiting));
        Assert.InRange(most, 1, 8);
    }

    [Fact]
    public void EnterAndLeave_NobodyElse_AllocatesNothing()
    {
        FairQueue queue = Queue(seats: 8);
        void Pass()
        {
            queue.TryEnter("a", out FairQueue.Flow flow);
            queue.Leave(flow);
        }

        Pass();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Pass();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }

    private FairQueue Queue(int seats, int queue = 100, int perUser = 50) =>
        new(PriorityLevel.ReadOnly, new FairQueueOptions(seats, queue, perUser, TimeSpan.FromSeconds(15)), new ServerMetrics(), _time);
}
