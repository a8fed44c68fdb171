using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using Lodestone.ApiServer.Watch;

namespace Lodestone.ApiServer.Tests.Watch;

/// <summary>A list and the events after it are the list of any later version, whatever is selected.</summary>
public sealed class ListWatchEquivalenceTests(ITestOutputHelper output)
{
    private static readonly string[] Selectors =
    [
        "",
        "labelSelector=a%3D1",
        "labelSelector=a!%3D1",
        "labelSelector=a+in+(0,2),b",
        "labelSelector=!b",
        "fieldSelector=spec.networkRef.name%3Dnet-1",
        "fieldSelector=spec.networkRef.name!%3Dnet-1&labelSelector=a",
        "fieldSelector=metadata.name%3Dn1",
    ];

    /// <summary>A step: the object's number, what is done to it, and two choices of how.</summary>
    private static readonly Gen<(int Object, int Action, int A, int B)[]> Steps =
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 2], Gen.Int[0, 2]).Array[1, 40];

    [Fact]
    public async Task List_AndTheEventsAfterIt_AreAnyLaterList()
    {
        await using TestServer server = await TestServer.StartAsync(new WatchOptions { BookmarkEvery = TimeSpan.FromMilliseconds(10) });
        int rounds = 0;
        await Gen.Select(Steps, Gen.Int[0, Selectors.Length - 1], Gen.Double[0, 1], Gen.Double[0, 1]).SampleAsync(
            async (steps, selector, from, to) =>
            {
                string ns = string.Create(CultureInfo.InvariantCulture, $"p{Interlocked.Increment(ref rounds)}");
                (await server.Admin.PostAsync("/api/v1/namespaces", $$"""{"metadata":{"name":"{{ns}}"} }""")).Expect(201);
                await CheckAsync(server.Admin, Samples.LoadBalancers(ns), steps, Selectors[selector], Math.Min(from, to), Math.Max(from, to));
            },
            iter: 60,
            threads: 2,
            writeLine: output.WriteLine);
    }

    private static async Task CheckAsync(ApiClient admin, string path, (int Object, int Action, int A, int B)[] steps, string selector, double from, double to)
    {
        var versions = new List<string> { (await admin.GetAsync(path)).Expect(200).ResourceVersion };
        foreach ((int number, int action, int a, int b) in steps)
        {
            await DoAsync(admin, path, $"n{number}", action, a, b);
            versions.Add((await admin.GetAsync($"{path}?limit=1")).Expect(200).ResourceVersion);
        }

        string first = versions[(int)(from * (versions.Count - 1))];
        string last = versions[(int)(to * (versions.Count - 1))];
        SortedDictionary<string, string> expected = await ListAsync(admin, path, selector, last);
        SortedDictionary<string, string> actual = await ListAsync(admin, path, selector, first);
        using WatchReader watch = await admin.WatchAsync($"{path}?watch=true&allowWatchBookmarks=true&resourceVersion={first}&{selector}");
        long end = Number(last), reached = Number(first);
        while (reached < end)
        {
            JsonObject item = (await watch.NextAsync())!;
            long version = Number((string)item["object"]!["metadata"]!["resourceVersion"]!);
            bool isBookmark = (string)item["type"]! == "BOOKMARK";
            Assert.True(isBookmark ? version >= reached : version > reached, $"{version} after {reached}");
            reached = version;
            if (reached <= end && !isBookmark)
            {
                Apply(actual, (string)item["type"]!, item["object"]!);
            }
        }

        Assert.Equal(expected, actual);
    }

    private static void Apply(SortedDictionary<string, string> state, string type, JsonNode item)
    {
        string name = (string)item["metadata"]!["name"]!;
        Assert.Equal(type != "ADDED", state.ContainsKey(name));
        if (type == "DELETED")
        {
            state.Remove(name);
        }
        else
        {
            state[name] = item.ToJsonString();
        }
    }

    private static async Task<SortedDictionary<string, string>> ListAsync(ApiClient admin, string path, string selector, string version)
    {
        ApiAnswer answer = (await admin.GetAsync($"{path}?resourceVersion={version}&resourceVersionMatch=Exact&{selector}")).Expect(200);
        Assert.Equal(version, answer.ResourceVersion);
        return new SortedDictionary<string, string>(((JsonArray)answer.Json["items"]!).ToDictionary(i => (string)i!["metadata"]!["name"]!, i => i!.ToJsonString()));
    }

    private static async Task DoAsync(ApiClient admin, string path, string name, int action, int a, int b)
    {
        string labels = b == 2 ? $$"""{"a":"{{a}}","b":null}""" : $$"""{"a":"{{a}}","b":"{{b}}"}""";
        switch (action)
        {
            case 0 or 1:
                await admin.PostAsync(path, Samples.LoadBalancer(name, labels.Replace(",\"b\":null", "", StringComparison.Ordinal), $"net-{b}"));
                break;
            case 2 or 3:
                await admin.MergePatchAsync($"{path}/{name}", $$$"""{"metadata":{"labels":{{{labels}}} } }""");
                break;
            case 4:
                await admin.MergePatchAsync($"{path}/{name}", """{"metadata":{"labels":null}}""");
                break;
            default:
                await admin.DeleteAsync($"{path}/{name}");
                break;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
