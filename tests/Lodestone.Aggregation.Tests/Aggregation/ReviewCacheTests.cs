using Lodestone.ApiServer.Aggregation;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.Aggregation.Tests.Aggregation;

public sealed class ReviewCacheTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly ReviewCache<int> _cache;
    private int _asked;

    public ReviewCacheTests() => _cache = new ReviewCache<int>(3, _time);

    [Fact]
    public async Task Get_WithinTheLifetime_AsksOnce()
    {
        Assert.Equal(1, await GetAsync("a"));
        _time.Advance(Lifetime - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await GetAsync("a"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, await GetAsync("a"));
    }

    [Fact]
    public async Task Get_AtTheSameTime_AsksOnce()
    {
        var answer = new TaskCompletionSource<int>();
        Task<int> Ask()
        {
            _asked++;
            return answer.Task;
        }

        Task<int>[] waiting = [.. Enumerable.Range(0, 50).Select(_ => _cache.GetAsync("a"u8, Ask, _ => Lifetime, TestContext.Current.CancellationToken))];
        answer.SetResult(7);

        Assert.All(await Task.WhenAll(waiting), a => Assert.Equal(7, a));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task Get_ThatFails_IsToldToAllWhoWait_AndAskedAgainAfterwards()
    {
        var answer = new TaskCompletionSource<int>();
        Task<int>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => _cache.GetAsync("a"u8, () => answer.Task, _ => Lifetime, TestContext.Current.CancellationToken))];
        answer.SetException(new IOException("away"));

        foreach (Task<int> one in waiting)
        {
            await Assert.ThrowsAsync<IOException>(() => one);
        }

        Assert.Equal(1, await GetAsync("a"));
    }

    [Fact]
    public async Task Get_GivenUpByOne_IsAnsweredToTheOthers()
    {
        var answer = new TaskCompletionSource<int>();
        using var impatience = new CancellationTokenSource();
        Task<int> impatient = _cache.GetAsync("a"u8, () => answer.Task, _ => Lifetime, impatience.Token);
        Task<int> patient = _cache.GetAsync("a"u8, () => answer.Task, _ => Lifetime, TestContext.Current.CancellationToken);

        await impatience.CancelAsync();
        answer.SetResult(7);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.Equal(7, await patient);
    }

    [Fact]
    public async Task Get_OfMoreThanFit_ForgetsTheOldest()
    {
        foreach (string question in (string[])["a", "b", "c", "d"])
        {
            await GetAsync(question);
        }

        Assert.Equal(2, await GetAsync("b"));
        Assert.Equal(5, await GetAsync("a"));
    }

    private Task<int> GetAsync(string question) =>
        _cache.GetAsync(System.Text.Encoding.UTF8.GetBytes(question), () => Task.FromResult(++_asked), _ => Lifetime, TestContext.Current.CancellationToken);
}
