using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Watches;

public sealed class WatchCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("secrets")]
    [InlineData("leases")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    public async Task Watch_FromVersion_SeesEachChangeOnce(string plural)
    {
        var kind = Kind.Of(plural);
        string from = (await Api.GetAsync(kind.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{kind.In(Namespace)}?watch=true&resourceVersion={from}");
        Assert.Equal("application/json", watch.ContentType);

        Answer created = await CreateAsync(kind, "a");
        Answer changed = (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"labels":{"x":"1"}}}""")).Is(200);
        (await Api.DeleteAsync(kind.At(Namespace, "a"))).Is(200);

        (await watch.NextAsync()).Is("ADDED", "a").Matches(created.Text, isExact: true);
        (await watch.NextAsync()).Is("MODIFIED", "a").Matches(changed.Text, isExact: true);
        WatchedEvent deleted = (await watch.NextAsync()).Is("DELETED", "a").Matches("""{"metadata":{"labels":{"x":"1"}}}""");
        Assert.True(ulong.Parse(deleted.ResourceVersion, null) > ulong.Parse(changed.ResourceVersion, null));
    }

    [Cases]
    [InlineData("")]
    [InlineData("&resourceVersion=0")]
    public async Task Watch_WithoutVersion_BeginsWithWhatIsThere(string version)
    {
        await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.In(Namespace)}?watch=true{version}");
        string[] seen = [(await watch.NextAsync()).Is("ADDED").Name, (await watch.NextAsync()).Is("ADDED").Name];
        Assert.Equal(["a", "b"], seen.Order());
        await CreateAsync(Kind.Network, "c");
        (await watch.NextAsync()).Is("ADDED", "c");
    }

    [Case]
    public async Task Watch_OldVersion_CatchesUp()
    {
        Answer first = await CreateAsync(Kind.Network, "a");
        for (int i = 0; i < 10; i++)
        {
            await CreateAsync(Kind.Network, $"b{i}");
        }

        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.In(Namespace)}?watch=true&resourceVersion={first.ResourceVersion}");
        for (int i = 0; i < 10; i++)
        {
            (await watch.NextAsync()).Is("ADDED", $"b{i}");
        }
    }

    [Case]
    public async Task Watch_OtherNamespaces_AreNotSeen()
    {
        string from = (await Api.GetAsync(Kind.Network.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.In(Namespace)}?watch=true&resourceVersion={from}");
        string name = Unique("n");
        (await Api.PostAsync(Kind.Network.In("default"), Kind.Network.Manifest(name))).Is(201);
        await CreateAsync(Kind.Network, "a");
        (await watch.NextAsync()).Is("ADDED", "a");
        (await Api.DeleteAsync(Kind.Network.At("default", name))).Is(200);
    }

    [Case]
    public async Task Watch_Everywhere_SeesAllNamespaces()
    {
        string from = (await Api.GetAsync(Kind.Network.Everywhere)).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.Everywhere}?watch=true&resourceVersion={from}&labelSelector=own%3D{Namespace}");
        await CreateAsync(Kind.Network, "a", $$$$"""{"metadata":{"labels":{"own":"{{{{Namespace}}}}"}}}""");
        (await watch.NextAsync()).Is("ADDED", "a").Matches($$$"""{"metadata":{"namespace":"{{{Namespace}}}"}}""");
    }

    [Cases]
    [InlineData("networks")]
    [InlineData("secrets")]
    public async Task Watch_LabelSelector_ObjectsEnterAndLeave(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        string from = (await Api.GetAsync(kind.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{kind.In(Namespace)}?watch=true&resourceVersion={from}&labelSelector=x%3D1");
        string path = kind.At(Namespace, "a");
        Answer entered = (await Api.MergeAsync(path, """{"metadata":{"labels":{"x":"1"}}}""")).Is(200);
        Answer stayed = (await Api.MergeAsync(path, """{"metadata":{"labels":{"y":"1"}}}""")).Is(200);
        Answer left = (await Api.MergeAsync(path, """{"metadata":{"labels":{"x":"2"}}}""")).Is(200);
        (await watch.NextAsync()).Is("ADDED", "a").Matches(entered.Text, isExact: true);
        (await watch.NextAsync()).Is("MODIFIED", "a").Matches(stayed.Text, isExact: true);
        (await watch.NextAsync()).Is("DELETED", "a").Matches($$$"""{"metadata":{"labels":{"x":"1","y":"1"},"resourceVersion":"{{{left.ResourceVersion}}}"}}""");
    }

    [Case]
    public async Task Watch_NameSelector_SeesOneObject()
    {
        string from = (await Api.GetAsync(Kind.Network.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.In(Namespace)}?watch=true&resourceVersion={from}&fieldSelector=metadata.name%3Db");
        await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        (await watch.NextAsync()).Is("ADDED", "b");
    }

    [Case]
    public async Task Watch_WatchPath_IsTheSame()
    {
        await CreateAsync(Kind.Secret, "a");
        using WatchStream watch = await Api.WatchAsync($"/api/v1/watch/namespaces/{Namespace}/secrets");
        (await watch.NextAsync()).Is("ADDED", "a");
    }

    [Cases]
    [InlineData("secrets")]
    [InlineData("networks")]
    public async Task Watch_TimeoutSeconds_EndsCleanly(string plural)
    {
        using WatchStream watch = await Api.WatchAsync($"{Kind.Of(plural).In(Namespace)}?watch=true&timeoutSeconds=1");
        Assert.Empty(await watch.ToEndAsync());
    }

    [Cases]
    [InlineData("secrets")]
    [InlineData("networks")]
    public async Task Watch_Bookmarks_ComeBeforeTheEnd(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        using WatchStream watch = await Api.WatchAsync($"{kind.In(Namespace)}?watch=true&timeoutSeconds=5&allowWatchBookmarks=true&resourceVersion=0");
        await CreateAsync(kind, "b");
        IReadOnlyList<WatchedEvent> events = await watch.ToEndAsync();
        WatchedEvent bookmark = events.Last(e => e.Type == "BOOKMARK");
        bookmark.Matches($$$"""{"kind":"{{{kind.Name}}}","apiVersion":"{{{kind.ApiVersion}}}","metadata":{"resourceVersion":"<rv>","name":"<absent>","uid":"<absent>"}}""");
    }

    [Case]
    public async Task Watch_BookmarksNotAskedFor_DoNotCome()
    {
        using WatchStream watch = await Api.WatchAsync($"{Kind.Secret.In(Namespace)}?watch=true&timeoutSeconds=3&resourceVersion=0");
        Assert.DoesNotContain(await watch.ToEndAsync(), e => e.Type == "BOOKMARK");
    }

    [Cases]
    [InlineData("secrets")]
    [InlineData("networks")]
    public async Task Watch_VersionOne_IsExpiredInTheStream(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        using WatchStream watch = await Api.WatchAsync($"{kind.In(Namespace)}?watch=true&resourceVersion=1&timeoutSeconds=2");
        IReadOnlyList<WatchedEvent> events = await watch.ToEndAsync();
        // A server that keeps everything since its first write has nothing to complain about.
        if (events[0].Type != "ADDED")
        {
            events[0].Is("ERROR").Matches("""{"kind":"Status","status":"Failure","reason":"Expired","message":"</too old resource version: 1 .*/>","code":410}""");
        }
    }

    [Case]
    [Differs("before 1.27 sendInitialEvents is unknown, and resourceVersionMatch forbidden for watches: 422", "as newer versions: the end of the initial events is marked", Since = 27)]
    public async Task Watch_SendInitialEvents_EndIsMarked()
    {
        await CreateAsync(Kind.Network, "a");
        string path = $"{Kind.Network.In(Namespace)}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=30";
        if (Differs)
        {
            (await Api.GetAsync(path)).Is(422).Has("details.causes[0].field", "resourceVersionMatch");
            return;
        }

        using WatchStream watch = await Api.WatchAsync(path);
        (await watch.NextAsync()).Is("ADDED", "a");
        (await watch.NextAsync()).Is("BOOKMARK").Matches("""{"metadata":{"resourceVersion":"<rv>","annotations":{"k8s.io/initial-events-end":"true"}}}""");
        await CreateAsync(Kind.Network, "b");
        (await watch.NextChangeAsync()).Is("ADDED", "b");
    }

    [Cases]
    [InlineData("sendInitialEvents=true")]
    [InlineData("sendInitialEvents=true&resourceVersionMatch=Exact")]
    [InlineData("sendInitialEvents=false")]
    [Differs("before 1.27 sendInitialEvents is unknown", "as newer versions: refused without resourceVersionMatch=NotOlderThan", Since = 27)]
    public async Task Watch_SendInitialEventsWithoutMatch_IsInvalid(string query)
    {
        string path = $"{Kind.Network.In(Namespace)}?watch=true&timeoutSeconds=1&{query}";
        if (Differs)
        {
            Answer any = await Api.GetAsync(path);
            Assert.True(any.Code is 200 or 422, any.ToString());
            return;
        }

        (await Api.GetAsync(path)).Is(422).Has("reason", "Invalid").Has("details.kind", "ListOptions");
    }

    [Case]
    public async Task Watch_ObjectWithFinalizer_ModifiedThenDeleted()
    {
        await CreateAsync(Kind.Network, "a", """{"metadata":{"finalizers":["example.com/hold"]}}""");
        string from = (await Api.GetAsync(Kind.Network.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.In(Namespace)}?watch=true&resourceVersion={from}");
        (await Api.DeleteAsync(Kind.Network.At(Namespace, "a"))).Is(200);
        (await Api.MergeAsync(Kind.Network.At(Namespace, "a"), """{"metadata":{"finalizers":null}}""")).Is(200);
        (await watch.NextAsync()).Is("MODIFIED", "a").Matches("""{"metadata":{"deletionTimestamp":"<time>"}}""");
        (await watch.NextAsync()).Is("DELETED", "a");
    }

    [Case]
    public async Task Watch_NoOpWrite_IsNotSeen()
    {
        await CreateAsync(Kind.Network, "a", """{"metadata":{"labels":{"x":"1"}}}""");
        string from = (await Api.GetAsync(Kind.Network.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.In(Namespace)}?watch=true&resourceVersion={from}");
        (await Api.MergeAsync(Kind.Network.At(Namespace, "a"), """{"metadata":{"labels":{"x":"1"}}}""")).Is(200);
        (await Api.MergeAsync(Kind.Network.At(Namespace, "a") + "?dryRun=All", """{"metadata":{"labels":{"x":"2"}}}""")).Is(200);
        await CreateAsync(Kind.Network, "b");
        (await watch.NextAsync()).Is("ADDED", "b");
    }

    [Case]
    public async Task Watch_Status_IsSeenAsModified()
    {
        await CreateAsync(Kind.Network, "a");
        string from = (await Api.GetAsync(Kind.Network.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{Kind.Network.In(Namespace)}?watch=true&resourceVersion={from}");
        (await Api.MergeAsync(Kind.Network.At(Namespace, "a") + "/status", """{"status":{"state":"Available"}}""")).Is(200);
        (await watch.NextAsync()).Is("MODIFIED", "a").Matches("""{"status":{"state":"Available"}}""");
    }

    [Case]
    public async Task Watch_ManyWriters_VersionsGrow()
    {
        string from = (await Api.GetAsync(Kind.Secret.In(Namespace))).ResourceVersion;
        using WatchStream watch = await Api.WatchAsync($"{Kind.Secret.In(Namespace)}?watch=true&resourceVersion={from}");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => CreateAsync(Kind.Secret, $"s{i:00}")));
        var names = new HashSet<string>();
        ulong before = 0;
        for (int i = 0; i < 20; i++)
        {
            WatchedEvent next = (await watch.NextAsync()).Is("ADDED");
            ulong version = ulong.Parse(next.ResourceVersion, null);
            Assert.True(version > before && names.Add(next.Name));
            before = version;
        }
    }
}
