using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Registry.Event;

/// <summary>Events are the same objects in the core group and in events.k8s.io.</summary>
public sealed class EventGroupsTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Event_WrittenInEitherGroup_IsReadInBoth()
    {
        (string ns, string core, string events) = await PathsAsync();
        (await _admin.PostAsync(core, Core(ns, "c"))).Expect(201);
        ApiAnswer created = (await _admin.PostAsync(events, New(ns, "e"))).Expect(201);

        Assert.Equal(("events.k8s.io/v1", "Event"), ((string)created.Json["apiVersion"]!, (string)created.Json["kind"]!));
        JsonObject old = (await _admin.GetAsync($"{events}/c")).Expect(200).Json;
        Assert.Equal("web", (string)old["regarding"]!["name"]!);
        Assert.Equal("it happened", (string)old["note"]!);
        Assert.Equal(("me", 3), ((string)old["deprecatedSource"]!["component"]!, (int)old["deprecatedCount"]!));
        Assert.Equal("2026-01-01T00:00:00Z", (string)old["deprecatedFirstTimestamp"]!);
        JsonObject young = (await _admin.GetAsync($"{core}/e")).Expect(200).Json;
        Assert.Equal(("v1", "Event"), ((string)young["apiVersion"]!, (string)young["kind"]!));
        Assert.Equal("web", (string)young["involvedObject"]!["name"]!);
        Assert.Equal(("it happened", "example.org/me"), ((string)young["message"]!, (string)young["reportingComponent"]!));
        Assert.Equal(2, (int)young["series"]!["count"]!);
        Assert.Equal(created.Uid, (string)young["metadata"]!["uid"]!);
        Assert.Equal(created.ResourceVersion, (string)young["metadata"]!["resourceVersion"]!);
    }

    [Fact]
    public async Task List_InEachGroup_HasItsOwnFormAndSelectors()
    {
        (string ns, string core, string events) = await PathsAsync();
        (await _admin.PostAsync(core, Core(ns, "c"))).Expect(201);
        (await _admin.PostAsync(events, New(ns, "e"))).Expect(201);

        JsonObject list = (await _admin.GetAsync($"{events}?fieldSelector=regarding.kind=LoadBalancer,regarding.name=web,type=Normal")).Expect(200).Json;
        Assert.Equal(("EventList", "events.k8s.io/v1"), ((string)list["kind"]!, (string)list["apiVersion"]!));
        Assert.All((JsonArray)list["items"]!, e => Assert.Equal("it happened", (string)e!["note"]!));
        Assert.Equal(["c", "e"], (await _admin.GetAsync($"{events}?fieldSelector=regarding.name=web")).Expect(200).ItemNames);
        Assert.Equal(["e"], (await _admin.GetAsync($"{events}?fieldSelector=reportingController=example.org/me")).Expect(200).ItemNames);
        Assert.Equal(["e"], (await _admin.GetAsync($"{core}?fieldSelector=reportingComponent=example.org/me")).Expect(200).ItemNames);
        Assert.Equal(["c"], (await _admin.GetAsync($"{core}?fieldSelector=source=me")).Expect(200).ItemNames);
        Assert.Equal(["e"], (await _admin.GetAsync($"{core}?fieldSelector=source=example.org/me")).Expect(200).ItemNames);
        Assert.Equal(["c", "e"], (await _admin.GetAsync($"{core}?fieldSelector=involvedObject.name=web")).Expect(200).ItemNames);
        (await _admin.GetAsync($"{events}?fieldSelector=involvedObject.name=web")).ExpectFailure(400, "BadRequest");
        (await _admin.GetAsync($"{events}?fieldSelector=source=me")).ExpectFailure(400, "BadRequest");
        (await _admin.GetAsync($"{core}?fieldSelector=regarding.name=web")).ExpectFailure(400, "BadRequest");
    }

    [Fact]
    public async Task Watch_InEachGroup_SeesAllWrites()
    {
        (string ns, string core, string events) = await PathsAsync();
        using WatchReader inCore = await _admin.WatchAsync($"{core}?watch=true");
        using WatchReader inEvents = await _admin.WatchAsync($"{events}?watch=true");

        (await _admin.PostAsync(core, Core(ns, "c"))).Expect(201);
        (await _admin.PostAsync(events, New(ns, "e"))).Expect(201);
        (await _admin.MergePatchAsync($"{events}/e", """{"series":{"count":5}}""")).Expect(200);
        (await _admin.DeleteAsync($"{events}/c")).Expect(200);

        foreach ((WatchReader watch, string version, string message) in new[] { (inCore, "v1", "message"), (inEvents, "events.k8s.io/v1", "note") })
        {
            foreach ((string type, string name) in new[] { ("ADDED", "c"), ("ADDED", "e"), ("MODIFIED", "e"), ("DELETED", "c") })
            {
                JsonObject item = (await watch.NextAsync())!;
                Assert.Equal((type, name), ((string)item["type"]!, (string)item["object"]!["metadata"]!["name"]!));
                Assert.Equal((version, "it happened"), ((string)item["object"]!["apiVersion"]!, (string)item["object"]![message]!));
            }
        }
    }

    [Fact]
    public async Task Change_InEventsGroup_IsOfTheSeriesOnly()
    {
        (string ns, string core, string events) = await PathsAsync();
        (await _admin.PostAsync(events, New(ns, "e"))).Expect(201);

        Assert.Equal(
            "Event \"e\" is invalid: message: Invalid value: \"else\": field is immutable",
            (await _admin.MergePatchAsync($"{events}/e", """{"note":"else"}""")).ExpectFailure(422, "Invalid").Message);
        (await _admin.JsonPatchAsync($"{events}/e", """[{"op":"replace","path":"/series/count","value":9}]""")).Expect(200);
        (await _admin.MergePatchAsync($"{core}/e", """{"message":"else"}""")).Expect(200);

        JsonObject put = (await _admin.GetAsync($"{events}/e")).Json;
        put["series"]!["count"] = 10;
        JsonObject updated = (await _admin.PutAsync($"{events}/e", put.ToJsonString())).Expect(200).Json;
        Assert.Equal(("else", 10), ((string)updated["note"]!, (int)updated["series"]!["count"]!));
    }

    [Fact]
    public async Task Create_IncompleteInEventsGroup_IsRefused()
    {
        (string ns, _, string events) = await PathsAsync();

        string message = (await _admin.PostAsync(events, Replace(New(ns, "e"), "\"action\":\"Test\",", ""))).ExpectFailure(422, "Invalid").Message;

        Assert.Equal("Event \"e\" is invalid: action: Required value", message);
    }

    [Fact]
    public async Task Apply_InEventsGroup_OwnsItsFieldsByTheirNames()
    {
        (string ns, string core, string events) = await PathsAsync();
        JsonObject config = (JsonObject)JsonNode.Parse(New(ns, "e"))!;
        config["apiVersion"] = "events.k8s.io/v1";
        config["kind"] = "Event";

        ApiAnswer created = (await _admin.SendAsync(HttpMethod.Patch, $"{events}/e?fieldManager=me", config.ToJsonString(), "application/apply-patch+yaml")).Expect(201);
        config["series"]!["count"] = 7;
        ApiAnswer applied = (await _admin.SendAsync(HttpMethod.Patch, $"{events}/e?fieldManager=me", config.ToJsonString(), "application/apply-patch+yaml")).Expect(200);

        JsonNode entry = Assert.Single((JsonArray)applied.Json["metadata"]!["managedFields"]!)!;
        Assert.Equal(("me", "Apply", "events.k8s.io/v1"), ((string)entry["manager"]!, (string)entry["operation"]!, (string)entry["apiVersion"]!));
        Assert.NotNull(entry["fieldsV1"]!["f:note"]);
        Assert.Null(entry["fieldsV1"]!["f:message"]);
        Assert.Equal(7, (int)(await _admin.GetAsync($"{core}/e")).Expect(200).Json["series"]!["count"]!);
        Assert.NotEqual(created.ResourceVersion, applied.ResourceVersion);
    }

    [Fact]
    public async Task Table_InEitherGroup_IsTheSame()
    {
        (string ns, string core, string events) = await PathsAsync();
        (await _admin.PostAsync(events, New(ns, "e"))).Expect(201);
        const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";

        JsonObject a = (await _admin.GetAsync(core, Table)).Expect(200).Json;
        JsonObject b = (await _admin.GetAsync(events, Table)).Expect(200).Json;

        Assert.Equal(a["columnDefinitions"]!.ToJsonString(), b["columnDefinitions"]!.ToJsonString());
        Assert.Equal("loadbalancer/web", (string)b["rows"]![0]!["cells"]![3]!);
        Assert.Equal("example.org/me, me-1", (string)b["rows"]![0]!["cells"]![5]!);
        Assert.Equal(3, (int)b["rows"]![0]!["cells"]![8]!);
        Assert.Equal("PartialObjectMetadata", (string)b["rows"]![0]!["object"]!["kind"]!);
    }

    [Fact]
    public async Task DeleteCollection_InEventsGroup_EmptiesBoth()
    {
        (string ns, string core, string events) = await PathsAsync();
        (await _admin.PostAsync(core, Core(ns, "c"))).Expect(201);
        (await _admin.PostAsync(events, New(ns, "e"))).Expect(201);

        JsonObject deleted = (await _admin.DeleteAsync(events)).Expect(200).Json;

        Assert.Equal("events.k8s.io/v1", (string)deleted["items"]![0]!["apiVersion"]!);
        Assert.Empty((await _admin.GetAsync(core)).Expect(200).ItemNames);
    }

    private static string Core(string ns, string name) =>
        $$$"""
        {"metadata":{"name":"{{{name}}}"},"involvedObject":{"kind":"LoadBalancer","name":"web","namespace":"{{{ns}}}"},"reason":"Tested","message":"it happened",
         "source":{"component":"me"},"firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:00:05Z","count":3,"type":"Normal"}
        """;

    private static string New(string ns, string name) =>
        $$$"""
        {"metadata":{"name":"{{{name}}}"},"eventTime":"2026-01-01T00:00:00.000001Z","regarding":{"kind":"LoadBalancer","name":"web","namespace":"{{{ns}}}"},
         "action":"Test","reason":"Tested","note":"it happened","reportingController":"example.org/me","reportingInstance":"me-1","type":"Normal",
         "series":{"count":2,"lastObservedTime":"2026-01-01T00:00:01.000000Z"}}
        """;

    private static string Replace(string text, string what, string by) => text.Replace(what, by, StringComparison.Ordinal);

    private async Task<(string Namespace, string Core, string Events)> PathsAsync()
    {
        string ns = await server.NamespaceAsync();
        return (ns, $"/api/v1/namespaces/{ns}/events", $"/apis/events.k8s.io/v1/namespaces/{ns}/events");
    }
}
