using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Client.Tests.Informers;

/// <summary>What must hold when lists and watches fail, over HTTP against a scripted server.</summary>
public sealed class SharedInformerTests
{
    private static readonly InformerOptions Quick = new()
    {
        MinBackoff = TimeSpan.FromMilliseconds(1),
        MaxBackoff = TimeSpan.FromMilliseconds(5),
        ShortWatch = TimeSpan.Zero,
        Random = new Random(1),
    };

    [Fact]
    public async Task Watch_EndOfStream_ResumesFromLastVersionWithoutListing()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5)))
            .Stream(Event("ADDED", Nic("b", 11)), Event("MODIFIED", Nic("a", 12)))
            .StreamThenSilence(Event("DELETED", Nic("b", 13)));
        await using Run run = Start(server, Quick);

        await Eventually.HoldsAsync(() => run.Changes.Count == 4, "four changes");

        Assert.Equal(["+a@5", "+b@11", "a@5>12", "-b@13"], run.Changes);
        Assert.Equal(["", "10", "12"], server.Requests.Select(Version));
        Assert.Equal(["a"], run.Informer.All.Select(n => n.Metadata.Name));
    }

    [Fact]
    public async Task Watch_ExpiredInStream_ListsAgainAndTellsDeletesWithLastKnownState()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5), Nic("b", 6)))
            .Stream(Event("MODIFIED", Nic("b", 11)), """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 11 (20)"}}""")
            .Json(List("30", Nic("a", 5), Nic("c", 29)));
        await using Run run = Start(server, Quick);

        await Eventually.HoldsAsync(() => run.Changes.Count == 5, "five changes");

        Assert.Equal(["+a@5", "+b@6"], run.Changes.Take(2).Order());
        Assert.Equal(["b@6>11", "-b@11", "+c@29"], run.Changes.Skip(2));
        await Eventually.HoldsAsync(() => server.Requests.Count == 4, "a watch after the list");
        Assert.Equal(["", "10", "", "30"], server.Requests.Select(Version));
    }

    [Fact]
    public async Task Refresh_WatchIsSilent_ListsAndTellsWhatItMissed()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5), Nic("b", 6))).StreamThenSilence().Json(List("30", Nic("a", 5), Nic("c", 29)));
        await using Run run = Start(server, Quick);
        await Eventually.HoldsAsync(() => server.Requests.Count == 2, "a watch");

        await run.Informer.RefreshAsync(TimeProvider.System.GetTimestamp(), TestContext.Current.CancellationToken);

        Assert.Equal(["a", "c"], run.Informer.All.Select(n => n.Metadata.Name).Order());
        await Eventually.HoldsAsync(() => run.Changes.Count == 4, "four changes");
        Assert.Equal(["-b@6", "+c@29"], run.Changes.Skip(2));
        await Eventually.HoldsAsync(() => server.Requests.Count == 4, "a watch after the list");
        Assert.Equal(["", "10", "", "30"], server.Requests.Select(Version));
    }

    [Fact]
    public async Task Refresh_ListIsNewEnough_AsksForNothing()
    {
        long before = TimeProvider.System.GetTimestamp();
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5))).StreamThenSilence();
        await using Run run = Start(server, Quick);
        await Eventually.HoldsAsync(() => server.Requests.Count == 2, "a watch");

        await run.Informer.RefreshAsync(before, TestContext.Current.CancellationToken);

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Refresh_InALongDelayAfterAFailure_DoesNotWaitForIt()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5))).Json("busy", 503).Json(List("30", Nic("b", 29)));
        await using Run run = Start(server, Quick with { MinBackoff = TimeSpan.FromHours(1), MaxBackoff = TimeSpan.FromHours(1) });
        await Eventually.HoldsAsync(() => run.Informer.Failure is not null, "a failure");

        await run.Informer.RefreshAsync(TimeProvider.System.GetTimestamp(), TestContext.Current.CancellationToken);

        Assert.Equal(["b"], run.Informer.All.Select(n => n.Metadata.Name));
    }

    [Fact]
    public async Task Refresh_ListFails_WaitsForOneThatDoesNot()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5))).StreamThenSilence().Json("busy", 503).Json("busy", 503).Json(List("30", Nic("b", 29)));
        await using Run run = Start(server, Quick);
        await Eventually.HoldsAsync(() => server.Requests.Count == 2, "a watch");

        await run.Informer.RefreshAsync(TimeProvider.System.GetTimestamp(), TestContext.Current.CancellationToken);

        Assert.Equal(["b"], run.Informer.All.Select(n => n.Metadata.Name));
    }

    [Fact]
    public async Task Watch_ExpiredAsHttpStatus_ListsAgain()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5)))
            .Json("""{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""", 410)
            .Json(List("30"));
        await using Run run = Start(server, Quick);

        await Eventually.HoldsAsync(() => run.Changes.Count == 2, "two changes");

        Assert.Equal(["+a@5", "-a@5"], run.Changes);
    }

    [Fact]
    public async Task Watch_VersionTheServerDoesNotKnow_ListsAgain()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5)))
            .Json("""{"kind":"Status","code":504,"reason":"Timeout","message":"Too large resource version: 10, current: 3","details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}}""", 504)
            .Json(List("3"));
        await using Run run = Start(server, Quick);

        await Eventually.HoldsAsync(() => run.Changes.Count == 2, "two changes");

        Assert.Equal(["", "10", ""], server.Requests.Select(Version).Take(3));
    }

    [Fact]
    public async Task List_PageTokenExpires_ListsOnceMoreWithoutPages()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(Page("10", "token", Nic("a", 5)))
            .Json("""{"kind":"Status","code":410,"reason":"Expired","message":"the continue parameter is too old","metadata":{"continue":"fresh"}}""", 410)
            .Json(List("20", Nic("b", 15)));
        await using Run run = Start(server, Quick with { PageSize = 1 });

        await Eventually.HoldsAsync(() => run.Changes.Count == 1 && server.Requests.Count == 4, "one change and a watch");

        Assert.Equal(["+b@15"], run.Changes);
        Assert.Contains("limit=1", server.Requests.ElementAt(0), StringComparison.Ordinal);
        Assert.Contains("continue=token", server.Requests.ElementAt(1), StringComparison.Ordinal);
        Assert.DoesNotContain("limit", server.Requests.ElementAt(2), StringComparison.Ordinal);
        Assert.Equal("20", Version(server.Requests.ElementAt(3)));
    }

    [Fact]
    public async Task Relist_SeveralPages_ObjectsOfLaterPagesAreNeverTakenForDeleted()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5), Nic("b", 6), Nic("c", 7)))
            .Stream("""{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}""")
            .Json(Page("30", "p2", Nic("a", 5)))
            .Json(Page("30", "p3", Nic("c", 7)))
            .Json(List("30", Nic("d", 28)));
        await using Run run = Start(server, Quick);

        await Eventually.HoldsAsync(() => run.Changes.Count == 5, "five changes");

        Assert.Equal(["-b@6", "+d@28"], run.Changes.Skip(3));
    }

    [Fact]
    public async Task Watch_ConnectionReset_ResumesAndIgnoresTheCutEvent()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        string whole = Event("ADDED", Nic("b", 11)) + "\n";
        string cut = Event("ADDED", Nic("c", 12))[..40];
        using var reset = new SemaphoreSlim(0);
        server.Json(List("10", Nic("a", 5)))
            .StreamThenReset(whole + cut, reset)
            .StreamThenSilence(Event("ADDED", Nic("c", 12)));
        await using Run run = Start(server, Quick);
        await Eventually.HoldsAsync(() => run.Changes.Count == 2, "the whole event");

        reset.Release();
        await Eventually.HoldsAsync(() => run.Changes.Count == 3, "three changes");

        Assert.Equal(["+a@5", "+b@11", "+c@12"], run.Changes);
        Assert.Equal(["", "10", "11"], server.Requests.Select(Version));
    }

    [Fact]
    public async Task Watch_Bookmark_MovesTheVersionWithoutAChange()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5)))
            .Stream("""{"type":"BOOKMARK","object":{"kind":"NetworkInterface","apiVersion":"networking.ironcore.dev/v1alpha1","metadata":{"resourceVersion":"99"}}}""");
        await using Run run = Start(server, Quick);

        await Eventually.HoldsAsync(() => server.Requests.Count == 3, "a second watch");

        Assert.Equal("99", Version(server.Requests.ElementAt(2)));
        Assert.Equal(["+a@5"], run.Changes);
        Assert.All(server.Requests.Skip(1), r => Assert.Contains("allowWatchBookmarks=true", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_Silence_IsTakenForDeadAfterTheStallTimeout()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5)))
            .StreamThenSilence(Event("ADDED", Nic("b", 11)))
            .StreamThenSilence(Event("ADDED", Nic("c", 12)));
        var time = new FakeTimeProvider();
        await using Run run = Start(server, Quick, time);
        await Eventually.HoldsAsync(() => run.Changes.Count == 2, "two changes");

        await Eventually.HoldsAsync(() => run.Changes.Count == 3, "the third change on a new stream", () => time.Advance(TimeSpan.FromSeconds(60)));

        Assert.Equal("11", Version(server.Requests.ElementAt(2)));
    }

    [Fact]
    public async Task Watch_AsksForARandomEndBetweenOneAndTwoTimeouts()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10")).Stream().Stream().Stream();
        await using Run run = Start(server, Quick);

        await Eventually.HoldsAsync(() => server.Requests.Count == 5, "four watches");

        int[] seconds = [.. server.Requests.Skip(1).Select(r => int.Parse(Parameter(r, "timeoutSeconds"), System.Globalization.CultureInfo.InvariantCulture))];
        Assert.All(seconds, s => Assert.InRange(s, 300, 600));
        Assert.True(seconds.Distinct().Count() > 1);
    }

    [Fact]
    public async Task List_TooManyRequests_ComesBackWhenTheServerSaid()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json("""{"kind":"Status","code":429,"reason":"TooManyRequests"}""", 429, retryAfter: "7").Json(List("10", Nic("a", 5)));
        var time = new FakeTimeProvider();
        await using Run run = Start(server, Quick, time);
        await Eventually.HoldsAsync(() => server.Requests.Count == 1, "the first list");

        long start = time.GetTimestamp();
        await Eventually.HoldsAsync(() => run.Changes.Count == 1, "the second list", () => time.Advance(TimeSpan.FromMilliseconds(100)));

        Assert.True(time.GetElapsedTime(start) >= TimeSpan.FromSeconds(6.8));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Watch_ServerAnswersSomebodyElseAgain_IsTriedSoonWhereThatIsWanted(bool isWanted, bool hasLostItsState)
    {
        const int Failures = 6;
        var min = TimeSpan.FromSeconds(1);
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10"));
        for (int i = 0; i < Failures; i++)
        {
            server.Then(context =>
            {
                context.Abort();
                return Task.CompletedTask;
            });
        }

        var time = new FakeTimeProvider();
        await using Run run = Start(server, Quick with { MinBackoff = min, MaxBackoff = TimeSpan.FromHours(10), ReturnsWithServer = isWanted }, time);
        await Eventually.HoldsAsync(() => server.Requests.Count == 1 + Failures, "failures", () => time.Advance(min));

        // From here on it is back: somebody else reads again and again.
        string expired = """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}""";
        server.Always(context => context.Request.Query.ContainsKey("watch") ? (hasLostItsState ? expired : Event("ADDED", Nic("b", 11))) + "\n"
            : context.Request.Path.Value!.EndsWith("/a", StringComparison.Ordinal) ? Nic("a", 5)
            : List("3", Nic("b", 2)));
        long start = time.GetTimestamp();
        while (run.Changes.IsEmpty)
        {
            await run.Client.GetAsync<NetworkInterface>(new ObjectKey("default", "a"), TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        TimeSpan longest = min * (1 << (Failures - 1));
        Assert.Equal(isWanted, time.GetElapsedTime(start) < longest / 2);
    }

    [Fact]
    public async Task Stop_HandlerIsAWholeQueueBehind_IsNoFailure()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5))).StreamThenSilence(Event("ADDED", Nic("b", 11)), Event("ADDED", Nic("c", 12)), Event("ADDED", Nic("d", 13)));
        using ApiClient client = server.Client();
        var informer = new SharedInformer<NetworkInterface>(client, Quick with { HandlerQueueLength = 1 });
        using var goOn = new ManualResetEventSlim();
        informer.AddHandler((_, _) => goOn.Wait(TestContext.Current.CancellationToken));
        using var stop = new CancellationTokenSource();
        Task running = informer.RunAsync(stop.Token);

        // Callbacks run last one first: the waiting change hears of the end, then this one, then what ends the watch.
        using CancellationTokenRegistration between = stop.Token.Register(() => SpinWait.SpinUntil(() => informer.Failure is not null, TimeSpan.FromMilliseconds(200)));
        await Eventually.HoldsAsync(() => informer.All.Count >= 3, "a change that waits for the handler");

        await stop.CancelAsync();
        goOn.Set();
        await running;

        Assert.Null(informer.Failure);
    }

    [Fact]
    public async Task Handler_ThatThrows_DoesNotStopTheOthers()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5), Nic("b", 6)));
        using ApiClient client = server.Client();
        var informer = new SharedInformer<NetworkInterface>(client, Quick);
        informer.AddHandler((_, _) => throw new InvalidOperationException("bad handler"));
        int calls = 0;
        informer.AddHandler((_, _) => Interlocked.Increment(ref calls));
        using var stop = new CancellationTokenSource();
        Task running = informer.RunAsync(stop.Token);

        await Eventually.HoldsAsync(() => Volatile.Read(ref calls) == 2, "both changes");

        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Index_FollowsChanges()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5), Nic("b", 6)))
            .StreamThenSilence(Event("MODIFIED", Nic("a", 11, "other")), Event("DELETED", Nic("b", 12)));
        using ApiClient client = server.Client();
        var informer = new SharedInformer<NetworkInterface>(client, Quick);
        informer.AddIndex("network", n => [n.Spec.NetworkRef?.Name ?? ""]);
        using var stop = new CancellationTokenSource();
        Task running = informer.RunAsync(stop.Token);

        await Eventually.HoldsAsync(() => informer.All.Count == 1, "the delete");

        Assert.Equal(["a"], informer.ByIndex("network", "other").Select(n => n.Metadata.Name));
        Assert.Empty(informer.ByIndex("network", "net"));
        Assert.Single(informer.InNamespace("default"));
        Assert.Throws<ArgumentException>(() => informer.ByIndex("colour", "red"));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Tracker_HearsOfEveryChangeBeforeListersAndHandlers()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(List("10", Nic("a", 5), Nic("b", 6)))
            .Stream(Event("MODIFIED", Nic("a", 11)), Event("MODIFIED", Nic("a", 11)), Event("DELETED", Nic("b", 12)))
            .Json("""{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""", 410)
            .Json(List("30", Nic("c", 29)));
        using ApiClient client = server.Client();
        var informer = new SharedInformer<NetworkInterface>(client, Quick);
        var tracked = new ConcurrentQueue<string>();
        var late = new ConcurrentQueue<string>();
        informer.AddTracker((old, current) =>
        {
            // The lister must still be at the state before.
            bool isBefore = informer.TryGet((current ?? old)!.Key, out NetworkInterface? listed) ? listed.Metadata.ResourceVersion != current?.Metadata.ResourceVersion : old is null;
            tracked.Enqueue($"{old?.Metadata.Name}>{Text((current ?? old)!)}{(isBefore ? "" : " late")}");
        });
        informer.AddHandler((old, current) =>
        {
            if (!tracked.Contains($"{old?.Metadata.Name}>{Text((current ?? old)!)}"))
            {
                late.Enqueue(Text((current ?? old)!));
            }
        });
        using var stop = new CancellationTokenSource();
        Task running = informer.RunAsync(stop.Token);

        await Eventually.HoldsAsync(() => tracked.Count == 6, "six changes");

        Assert.Equal([">a@5", ">b@6"], tracked.Take(2).Order());
        Assert.Equal(["a>a@11", "b>b@12", "a>a@11", ">c@29"], tracked.Skip(2));
        Assert.Empty(late);
        await stop.CancelAsync();
        await running;
    }

    private static Run Start(ScriptedServer server, InformerOptions options, TimeProvider? time = null)
    {
        ApiClient client = server.Client();
        var informer = new SharedInformer<NetworkInterface>(client, options, null, time);
        var changes = new ConcurrentQueue<string>();
        informer.AddHandler((old, current) => changes.Enqueue(
            old is null ? $"+{Text(current!)}"
            : current is null ? $"-{Text(old)}"
            : $"{Text(old)}>{current.Metadata.ResourceVersion}"));
        var stop = new CancellationTokenSource();
        return new Run(informer, changes, informer.RunAsync(stop.Token), stop, client);
    }

    private static string Text(KubernetesObject o) => $"{o.Metadata.Name}@{o.Metadata.ResourceVersion}";

    private static string Nic(string name, int version, string network = "net") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"default","uid":"u-{{{name}}}","resourceVersion":"{{{version}}}"},"spec":{"networkRef":{"name":"{{{network}}}"} } }""";

    private static string Event(string type, string item) => $$"""{"type":"{{type}}","object":{{item}}}""";

    private static string List(string version, params string[] items) => Page(version, null, items);

    private static string Page(string version, string? next, params string[] items)
    {
        string token = next is null ? "" : $",\"continue\":\"{next}\"";
        return $$$"""{"kind":"NetworkInterfaceList","metadata":{"resourceVersion":"{{{version}}}"{{{token}}}},"items":[{{{string.Join(',', items)}}}]}""";
    }

    private static string Version(string request) => Parameter(request, "resourceVersion");

    private static string Parameter(string request, string name) =>
        request.Split('?', '&').FirstOrDefault(p => p.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";

    private sealed record Run(SharedInformer<NetworkInterface> Informer, ConcurrentQueue<string> Changes, Task Running, CancellationTokenSource Stop, ApiClient Client) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Stop.CancelAsync();
            await Running;
            Stop.Dispose();
            Client.Dispose();
        }
    }
}
