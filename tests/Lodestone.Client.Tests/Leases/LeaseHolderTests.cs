using System.Text.Json;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Client.Tests.Leases;

/// <summary>Who holds a Lease and until when, where requests are slow, their answers get lost and others write other durations.</summary>
public sealed class LeaseHolderTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LeaseApi _api = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task TryAcquire_ReadWasSlow_AnothersHoldCountsFromTheAnswer()
    {
        _api.Write("first", 15);
        LeaseHolder second = Holder("second");

        // The first renewed while the read was under way.
        _api.Before = (_, _) =>
        {
            _time.Advance(TimeSpan.FromSeconds(8));
            _api.Before = null;
            _api.Write("first", 15);
            return Task.CompletedTask;
        };
        Assert.False(await second.TryAcquireOrRenewAsync(Token));

        _time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(await second.TryAcquireOrRenewAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(await second.TryAcquireOrRenewAsync(Token));
    }

    [Fact]
    public async Task TryRenew_RequestWasSlow_OwnHoldCountsFromBeforeIt()
    {
        LeaseHolder holder = Holder("first");
        await holder.TryAcquireOrRenewAsync(Token);
        _api.Before = (_, _) =>
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            return Task.CompletedTask;
        };

        Assert.True(await holder.TryAcquireOrRenewAsync(Token));

        Assert.True(holder.IsHeld);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(holder.IsHeld);
    }

    [Fact]
    public async Task TryRenew_AnswerOfTheLastWasLost_RenewsInOneCall()
    {
        LeaseHolder holder = Holder("first");
        await holder.TryAcquireOrRenewAsync(Token);
        _api.After = (_, _) => throw new HttpRequestException("the answer was lost");
        await Assert.ThrowsAsync<HttpRequestException>(() => holder.TryAcquireOrRenewAsync(Token));
        _api.After = null;
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(await holder.TryAcquireOrRenewAsync(Token));

        Assert.True(holder.IsHeld);
        Assert.Equal(0, _api.Spec.LeaseTransitions);
    }

    [Fact]
    public async Task TryRenew_AnotherTookIt_False()
    {
        LeaseHolder holder = Holder("first");
        await holder.TryAcquireOrRenewAsync(Token);
        _api.Write("second", 15);

        Assert.False(await holder.TryAcquireOrRenewAsync(Token));

        Assert.False(holder.IsHeld);
        Assert.Equal("second", holder.Holder);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(60)]
    public async Task TryAcquire_HolderWroteAnotherDuration_ThatOneCounts(int seconds)
    {
        _api.Write("first", seconds);
        LeaseHolder second = Holder("second");
        Assert.False(await second.TryAcquireOrRenewAsync(Token));

        _time.Advance(TimeSpan.FromSeconds(seconds - 0.1));
        Assert.False(await second.TryAcquireOrRenewAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(await second.TryAcquireOrRenewAsync(Token));
    }

    [Fact]
    public async Task TryAcquire_WallClockSteps_ChangesNothing()
    {
        _api.Write("first", 15);
        var clock = new WrongClock(_time);
        LeaseHolder second = new(_api.Client(_time), Options("second"), clock);
        await second.TryAcquireOrRenewAsync(Token);

        clock.Error = TimeSpan.FromDays(365);

        Assert.False(await second.TryAcquireOrRenewAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(15));
        clock.Error = TimeSpan.FromDays(-365);
        Assert.True(await second.TryAcquireOrRenewAsync(Token));
    }

    [Fact]
    public async Task TryAcquire_ReleasedByAnother_TakenAtOnceAndCounted()
    {
        _api.Write("", 1);

        Assert.True(await Holder("second").TryAcquireOrRenewAsync(Token));

        Assert.Equal("second", _api.Spec.HolderIdentity);
        Assert.Equal(15, _api.Spec.LeaseDurationSeconds);
        Assert.Equal(1, _api.Spec.LeaseTransitions);
    }

    [Fact]
    public async Task TryAcquire_TwoAtATime_OneHasIt()
    {
        _api.Write("", 1);
        LeaseHolder other = Holder("other");
        _api.Before = async (request, _) =>
        {
            if (request.Method == HttpMethod.Put)
            {
                _api.Before = null;
                Assert.True(await other.TryAcquireOrRenewAsync(Token));
            }
        };

        Assert.False(await Holder("second").TryAcquireOrRenewAsync(Token));

        Assert.Equal("other", _api.Spec.HolderIdentity);
    }

    [Fact]
    public async Task Release_AnswerOfTheAcquisitionWasLost_IsFree()
    {
        LeaseHolder holder = Holder("first");
        _api.After = (request, _) => request.Method == HttpMethod.Post ? throw new HttpRequestException("the answer was lost") : Task.CompletedTask;
        await Assert.ThrowsAsync<HttpRequestException>(() => holder.TryAcquireOrRenewAsync(Token));
        Assert.Equal("first", _api.Spec.HolderIdentity);

        await holder.ReleaseAsync(Token);

        Assert.Equal("", _api.Spec.HolderIdentity);
        Assert.Equal(1, _api.Spec.LeaseDurationSeconds);
    }

    [Fact]
    public async Task Release_AnotherHasItMeanwhile_LeavesItAlone()
    {
        LeaseHolder holder = Holder("first");
        await holder.TryAcquireOrRenewAsync(Token);
        _api.Write("second", 15);

        await holder.ReleaseAsync(Token);

        Assert.Equal("second", _api.Spec.HolderIdentity);
    }

    [Fact]
    public async Task TryAcquire_PartsOfASecond_AreRoundedUp()
    {
        LeaseHolder holder = new(
            _api.Client(_time),
            Options("first") with { Duration = TimeSpan.FromSeconds(1.2), RenewDeadline = TimeSpan.FromSeconds(1), RetryPeriod = TimeSpan.FromSeconds(0.2) },
            _time);

        await holder.TryAcquireOrRenewAsync(Token);

        Assert.Equal(2, _api.Spec.LeaseDurationSeconds);
    }

    [Fact]
    public async Task TryAcquire_Times_HaveSixDigits()
    {
        _time.Advance(TimeSpan.FromTicks(1_234_567));

        await Holder("first").TryAcquireOrRenewAsync(Token);

        JsonElement spec = JsonDocument.Parse(_api.LastBody).RootElement.GetProperty("spec");
        Assert.Equal("2026-01-01T00:00:00.123456Z", spec.GetProperty("renewTime").GetString());
        Assert.Equal("2026-01-01T00:00:00.123456Z", spec.GetProperty("acquireTime").GetString());
    }

    [Theory]
    [InlineData(15, 10, 2, true)]
    [InlineData(10, 10, 2, false)]
    [InlineData(15, 2, 2, false)]
    [InlineData(15, 10, 0, false)]
    public void Validate_Times_FitTogether(int duration, int deadline, int retry, bool expected)
    {
        LeaseOptions options = Options("first") with
        {
            Duration = TimeSpan.FromSeconds(duration),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };

        Exception? thrown = Record.Exception(options.Validate);

        Assert.Equal(expected, thrown is null);
        Assert.True(thrown is null or ArgumentException);
    }

    [Fact]
    public void NewIdentity_SameMachineAndProcess_DiffersAndNamesTheMachine()
    {
        Assert.NotEqual(LeaseOptions.NewIdentity(), LeaseOptions.NewIdentity());
        Assert.StartsWith(Environment.MachineName + "_", LeaseOptions.NewIdentity(), StringComparison.Ordinal);
    }

    private LeaseHolder Holder(string identity) => new(_api.Client(_time), Options(identity), _time);

    private static LeaseOptions Options(string identity) => new() { Namespace = "default", Name = "test", Identity = identity };

    /// <summary>A clock whose time of day is wrong; what has passed is right.</summary>
    private sealed class WrongClock(FakeTimeProvider time) : TimeProvider
    {
        internal TimeSpan Error { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Error;

        public override long GetTimestamp() => time.GetTimestamp();
    }
}
