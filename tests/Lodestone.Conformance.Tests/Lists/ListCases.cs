using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Lists;

public sealed class ListCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("configmaps")]
    [InlineData("secrets")]
    [InlineData("leases")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    public async Task List_Empty_HasItemsAndVersion(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.GetAsync(kind.In(Namespace) + "?labelSelector=never")).Is(200)
            .Matches($$"""{"kind":"{{kind.Name}}List","apiVersion":"{{kind.ApiVersion}}","metadata":{"resourceVersion":"<rv>"},"items":[]}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task List_Objects_AreSortedByName(string plural)
    {
        var kind = Kind.Of(plural);
        foreach (string name in (string[])["b", "a.x", "a", "c", "a-x"])
        {
            await CreateAsync(kind, name, """{"metadata":{"labels":{"own":"1"}}}""");
        }

        Answer list = (await Api.GetAsync(kind.In(Namespace) + "?labelSelector=own")).Is(200);
        Assert.Equal(["a", "a-x", "a.x", "b", "c"], list.Items());
    }

    [Case]
    [Differs("the items of a list of Kubernetes' own kinds don't say their kind and apiVersion", "every item does: they are sent as they are stored")]
    public async Task List_ItemsOfBuiltIn_HaveType()
    {
        await CreateAsync(Kind.Secret, "a");
        (await Api.GetAsync(Kind.Secret.In(Namespace) + "?fieldSelector=metadata.name%3Da")).Is(200)
            .Matches(Differs ? """{"items":[{"kind":"<absent>","apiVersion":"<absent>"}]}""" : """{"items":[{"kind":"Secret","apiVersion":"v1"}]}""");
    }

    [Case]
    public async Task List_ItemsOfCustomKind_HaveType()
    {
        await CreateAsync(Kind.Network, "a");
        (await Api.GetAsync(Kind.Network.In(Namespace))).Is(200).Matches("""{"items":[{"kind":"Network","apiVersion":"networking.ironcore.dev/v1alpha1"}]}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task List_Everywhere_HasAllNamespaces(string plural)
    {
        var kind = Kind.Of(plural);
        string label = Unique("l");
        await CreateAsync(kind, "a", $$$$"""{"metadata":{"labels":{"own":"{{{{label}}}}"}}}""");
        (await Api.PostAsync(kind.In("default"), kind.Manifest(label, $$$$"""{"metadata":{"labels":{"own":"{{{{label}}}}"}}}"""))).Is(201);
        Answer list = await Api.GetAsync($"{kind.Everywhere}?labelSelector=own%3D{label}");
        Assert.Equal([Namespace, "default"], list.Items("metadata.namespace"));
        (await Api.DeleteAsync(kind.At("default", label))).Is(200);
    }

    [Case]
    public async Task List_NamespaceThatIsNot_IsEmpty() =>
        Assert.Empty((await Api.GetAsync(Kind.ConfigMap.In("missing"))).Is(200).Items());

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task List_Limit_PagesOfOneSnapshot(string plural)
    {
        var kind = Kind.Of(plural);
        string path = kind.In(Namespace) + "?limit=2";
        foreach (string name in (string[])["a", "b", "c", "d", "e"])
        {
            await CreateAsync(kind, name);
        }

        Answer first = (await Api.GetAsync(path)).Is(200);
        Assert.Equal(["a", "b"], first.Items());
        await CreateAsync(kind, "bb");
        (await Api.DeleteAsync(kind.At(Namespace, "d"))).Is(200);
        Answer second = (await Api.GetAsync($"{path}&continue={Uri.EscapeDataString(first.Get("metadata.continue"))}")).Is(200);
        Assert.Equal(["c", "d"], second.Items());
        second.Has("metadata.resourceVersion", first.ResourceVersion);
    }

    [Case]
    public async Task List_Limit_CountsWhatRemains()
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            await CreateAsync(Kind.Network, name);
        }

        Answer first = (await Api.GetAsync(Kind.Network.In(Namespace) + "?limit=2")).Is(200).Has("metadata.remainingItemCount", "1");
        (await Api.GetAsync($"{Kind.Network.In(Namespace)}?limit=2&continue={Uri.EscapeDataString(first.Get("metadata.continue"))}")).Is(200)
            .Matches("""{"metadata":{"remainingItemCount":"<absent>"},"items":[{"metadata":{"name":"c"}}]}""");
    }

    [Case]
    public async Task List_LimitWithSelector_DoesNotCount()
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            await CreateAsync(Kind.Network, name, """{"metadata":{"labels":{"x":"1"}}}""");
        }

        (await Api.GetAsync(Kind.Network.In(Namespace) + "?limit=1&labelSelector=x")).Is(200).HasNot("metadata.remainingItemCount").Matches("""{"metadata":{"continue":"<any>"}}""");
    }

    [Case]
    public async Task List_LimitOfRareObjects_PagesAreFull()
    {
        for (int i = 0; i < 20; i++)
        {
            await CreateAsync(Kind.Network, $"n{i:00}", i % 10 == 9 ? """{"metadata":{"labels":{"rare":"1"}}}""" : null);
        }

        var names = new List<string>();
        string token = "";
        do
        {
            Answer page = (await Api.GetAsync($"{Kind.Network.In(Namespace)}?limit=1&labelSelector=rare&continue={Uri.EscapeDataString(token)}")).Is(200);
            names.AddRange(page.Items());
            token = page.Has("metadata.continue") ? page.Get("metadata.continue") : "";
        }
        while (token.Length > 0);

        Assert.Equal(["n09", "n19"], names);
    }

    [Case]
    public async Task List_LimitOfAll_HasNoContinue()
    {
        await CreateAsync(Kind.Network, "a");
        Answer list = (await Api.GetAsync(Kind.Network.In(Namespace) + "?limit=10")).Is(200).HasNot("metadata.remainingItemCount");
        Assert.True(!list.Has("metadata.continue") || list.Get("metadata.continue").Length == 0);
    }

    [Cases]
    [InlineData("bogus")]
    [InlineData("e30")]
    public async Task List_BogusContinue_IsBadRequest(string token) =>
        (await Api.GetAsync(Kind.ConfigMap.In(Namespace) + "?limit=1&continue=" + token)).Is(400).Has("reason", "BadRequest");

    [Case]
    public async Task List_ContinueWithVersion_IsRefused()
    {
        await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        Answer first = (await Api.GetAsync(Kind.Network.In(Namespace) + "?limit=1")).Is(200);
        Answer answer = await Api.GetAsync(
            $"{Kind.Network.In(Namespace)}?limit=1&resourceVersion={first.ResourceVersion}&continue={Uri.EscapeDataString(first.Get("metadata.continue"))}");
        answer.Is(400).Has("message", "specifying resource version is not allowed when using continue");
    }

    [Cases]
    [InlineData("limit=x")]
    [InlineData("timeoutSeconds=x")]
    [InlineData("watch=x&limit=y")]
    public async Task List_BadNumber_IsBadRequest(string query) => (await Api.GetAsync($"{Kind.ConfigMap.In(Namespace)}?{query}")).Is(400).Has("reason", "BadRequest");

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task List_VersionZero_HasWhatIsThere(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        using (WatchStream watch = await Api.WatchAsync($"{kind.In(Namespace)}?watch=true&fieldSelector=metadata.name%3Da"))
        {
            (await watch.NextChangeAsync()).Is("ADDED", "a");
        }

        Assert.Contains("a", (await Api.GetAsync(kind.In(Namespace) + "?resourceVersion=0")).Is(200).Items());
    }

    [Case]
    public async Task List_NotOlderThan_IsAtLeastThatNew()
    {
        Answer created = await CreateAsync(Kind.Network, "a");
        Answer list = (await Api.GetAsync($"{Kind.Network.In(Namespace)}?resourceVersion={created.ResourceVersion}&resourceVersionMatch=NotOlderThan")).Is(200);
        Assert.Equal(["a"], list.Items());
        Assert.True(ulong.Parse(list.ResourceVersion, null) >= ulong.Parse(created.ResourceVersion, null));
    }

    [Case]
    public async Task List_Exact_IsOfThatVersion()
    {
        Answer first = await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        Answer list = (await Api.GetAsync($"{Kind.Network.In(Namespace)}?resourceVersion={first.ResourceVersion}&resourceVersionMatch=Exact&limit=10")).Is(200);
        Assert.Equal(["a"], list.Items());
        list.Has("metadata.resourceVersion", first.ResourceVersion);
    }

    [Cases]
    [InlineData("resourceVersionMatch=Exact", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersion=0&resourceVersionMatch=Exact", "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Some", "resourceVersionMatch: Unsupported value: \"Some\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    public async Task List_BadMatch_IsInvalid(string query, string problem)
    {
        Answer answer = await Api.GetAsync($"{Kind.ConfigMap.In(Namespace)}?{query}");
        answer.Is(422).Has("reason", "Invalid").Has("details.kind", "ListOptions").Has("details.group", "meta.k8s.io")
            .Has("message", $"ListOptions.meta.k8s.io \"\" is invalid: {problem}");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task List_VersionThatIsNoNumber_IsRefused(string plural)
    {
        Answer answer = await Api.GetAsync(Kind.Of(plural).In(Namespace) + "?resourceVersion=x");
        Assert.True(answer.Code is 400 or 500, answer.ToString());
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task List_VersionOfTheFuture_TimesOut(string plural)
    {
        var kind = Kind.Of(plural);
        Answer answer = await Api.GetAsync(kind.In(Namespace) + "?resourceVersion=9000000000");
        answer.Is(504).Matches("""{"status":"Failure","reason":"Timeout","message":"</Timeout: Too large resource version: 9000000000, current: \\d+/>","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1},"code":504}""");
    }

    [Case]
    public async Task Get_VersionOfTheFuture_TimesOut()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a") + "?resourceVersion=9000000000")).Is(504).Has("reason", "Timeout");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Get_VersionZero_IsTheObject(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        (await Api.GetAsync($"{kind.At(Namespace, "a")}?resourceVersion={created.ResourceVersion}")).Is(200).IsExactly(created.Text);
        (await Api.GetAsync($"{kind.At(Namespace, "a")}?resourceVersion=0")).Is(200).IsExactly(created.Text);
    }

    [Case]
    [Differs("before 1.27 sendInitialEvents is unknown", "as newer versions: only watches may ask for it", Since = 27)]
    public async Task List_SendInitialEvents_IsInvalid()
    {
        Answer answer = await Api.GetAsync($"{Kind.ConfigMap.In(Namespace)}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1");
        answer.Is(Differs ? 200 : 422);
    }
}
