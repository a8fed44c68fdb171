using System.Text.Json.Nodes;
using Lodestone.ApiServer.Audit;
using Lodestone.ApiServer.Tests.Protobuf;

namespace Lodestone.ApiServer.Tests.Audit;

/// <summary>The audit log of a server, read after it has stopped: stopping writes all of it.</summary>
public sealed class AuditTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Request_ToldWhole_SaysWhoWhatAndHow()
    {
        List<JsonObject> events = await RunAsync("rules: [{level: RequestResponse}]", async (server, admin) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces/default/configmaps?fieldManager=me");
            request.Content = new StringContent("""{"metadata":{"name":"c"},"data":{"a":"1"}}""", System.Text.Encoding.UTF8, "application/json");
            request.Headers.Add("Audit-ID", "my-id");
            request.Headers.Add("User-Agent", "test/1");
            request.Headers.Add("X-Forwarded-For", "198.51.100.7, nonsense, 127.0.0.1");
            (await admin.SendAsync(request)).Expect(201);
        });

        JsonObject[] own = [.. events.Where(e => (string)e["auditID"]! == "my-id")];
        Assert.Equal(["RequestReceived", "ResponseComplete"], own.Select(e => (string)e["stage"]!));
        JsonObject end = own[1];
        Assert.Equal(("Event", "audit.k8s.io/v1", "RequestResponse"), ((string)end["kind"]!, (string)end["apiVersion"]!, (string)end["level"]!));
        Assert.Equal(("/api/v1/namespaces/default/configmaps?fieldManager=me", "create"), ((string)end["requestURI"]!, (string)end["verb"]!));
        Assert.Equal("lodestone:admin", (string)end["user"]!["username"]!);
        Assert.Contains((JsonArray)end["user"]!["groups"]!, g => (string)g! == "system:masters");
        Assert.Equal("""["198.51.100.7","127.0.0.1"]""", end["sourceIPs"]!.ToJsonString());
        Assert.Equal("test/1", (string)end["userAgent"]!);
        Assert.Equal("""{"resource":"configmaps","namespace":"default","name":"c","apiVersion":"v1"}""", end["objectRef"]!.ToJsonString());
        Assert.Equal(201, (int)end["responseStatus"]!["code"]!);
        Assert.Equal("1", (string)end["requestObject"]!["data"]!["a"]!);
        Assert.NotNull((string?)end["responseObject"]!["metadata"]!["uid"]);
        Assert.Equal("allow", (string)end["annotations"]!["authorization.k8s.io/decision"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", (string)end["stageTimestamp"]!);
        Assert.Null(own[0]["responseStatus"]);
    }

    // The path of a creation names no object, and what is sent may not be told.
    [Fact]
    public async Task Creation_NothingOfItToldButWho_NamesTheObject()
    {
        string made = "";
        List<JsonObject> events = await RunAsync("omitStages: [RequestReceived]\nrules: [{level: Metadata, verbs: [create]}]", async (_, admin) =>
        {
            (await admin.PostAsync("/api/v1/namespaces/default/secrets", """{"metadata":{"name":"given"}}""")).Expect(201);
            (await admin.PostAsync("/api/v1/namespaces/default/secrets", """{"metadata":{"name":"given"}}""")).Expect(409);
            made = (await admin.PostAsync("/api/v1/namespaces/default/secrets", """{"metadata":{"generateName":"made-"}}""")).Expect(201).Name;
        });

        Assert.StartsWith("made-", made, StringComparison.Ordinal);
        Assert.Equal(["given", "given", made], events.Select(e => (string?)e["objectRef"]!["name"]));
        Assert.All(events, e => Assert.False(e.ContainsKey("requestObject")));
    }

    [Theory]
    [InlineData("Metadata", false, false)]
    [InlineData("Request", true, false)]
    [InlineData("RequestResponse", true, true)]
    public async Task Level_Bodies_AreToldWhereItSaysSo(string level, bool hasRequest, bool hasResponse)
    {
        List<JsonObject> events = await RunAsync($"omitStages: [RequestReceived]\nrules: [{{level: {level}}}]", async (_, admin) =>
        {
            (await admin.PostAsync("/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"c"}}""")).Expect(201);
            (await admin.MergePatchAsync("/api/v1/namespaces/default/configmaps/c", """{"data":{"b":"2"}}""")).Expect(200);
            (await admin.GetAsync("/api/v1/namespaces/default/configmaps")).Expect(200);
        });

        JsonObject patch = events.Single(e => (string)e["verb"]! == "patch");
        Assert.Equal(hasRequest ? """{"data":{"b":"2"}}""" : null, patch["requestObject"]?.ToJsonString());
        Assert.Equal(hasResponse, patch.ContainsKey("responseObject"));
        Assert.Equal(hasResponse, events.Single(e => (string)e["verb"]! == "list")["responseObject"]?["items"] is JsonArray { Count: > 0 });
    }

    [Fact]
    public async Task Failures_OfEachKind_AreTold()
    {
        List<JsonObject> events = await RunAsync("omitStages: [RequestReceived]\nrules: [{level: RequestResponse}]", async (server, admin) =>
        {
            (await admin.GetAsync("/api/v1/namespaces/none")).Expect(404);
            using ApiClient somebody = ApiClient.FromKubeconfig(server.Credentials.IssueKubeconfig(server.Url, "somebody", ["people"]));
            (await somebody.GetAsync("/api/v1/namespaces/default/secrets")).Expect(403);
            using ApiClient nobody = ApiClient.FromKubeconfig(File.ReadAllText(server.KubeconfigPath), isAnonymous: true);
            (await nobody.GetAsync("/api/v1/namespaces")).Expect(401);
            (await admin.GetAsync("/api/v1/namespaces?resourceVersion=999999999&timeout=50ms")).Expect(504);
        });

        JsonObject Of(int code) => events.Single(e => (int)e["responseStatus"]!["code"]! == code);
        Assert.Equal("NotFound", (string)Of(404)["responseStatus"]!["reason"]!);
        Assert.Equal("namespaces \"none\" not found", (string)Of(404)["responseObject"]!["message"]!);
        Assert.Equal(("forbid", "somebody"), ((string)Of(403)["annotations"]!["authorization.k8s.io/decision"]!, (string)Of(403)["user"]!["username"]!));
        Assert.Equal(("ResponseStarted", "system:anonymous"), ((string)Of(401)["stage"]!, (string)Of(401)["user"]!["username"]!));
        Assert.Equal("ResponseComplete", (string)Of(504)["stage"]!);
    }

    [Fact]
    public async Task Impersonation_BothUsers_AreTold()
    {
        List<JsonObject> events = await RunAsync("omitStages: [RequestReceived]\nrules: [{level: Metadata, verbs: [list]}]", async (_, admin) => (await admin.GetAsync(
            "/api/v1/namespaces",
            ("Impersonate-User", "jane"),
            ("Impersonate-Group", "system:masters"),
            ("Impersonate-Uid", "u-1"),
            ("Impersonate-Extra-Team", "blue"))).Expect(200));

        JsonObject told = events.Single(e => e.ContainsKey("impersonatedUser"));
        Assert.Equal("lodestone:admin", (string)told["user"]!["username"]!);
        Assert.Equal(
            """{"username":"jane","uid":"u-1","groups":["system:masters","system:authenticated"],"extra":{"team":["blue"]}}""",
            told["impersonatedUser"]!.ToJsonString());
    }

    [Fact]
    public async Task Watch_Stages_AreStartedAndComplete()
    {
        List<JsonObject> events = await RunAsync("rules: [{level: RequestResponse}]", async (_, admin) =>
            (await admin.GetAsync("/api/v1/namespaces?watch=true&timeoutSeconds=1")).Expect(200));

        JsonObject[] watch = [.. events.Where(e => (string)e["verb"]! == "watch")];
        Assert.Equal(["RequestReceived", "ResponseStarted", "ResponseComplete"], watch.Select(e => (string)e["stage"]!));
        Assert.All(watch, e => Assert.False(e.ContainsKey("responseObject")));
    }

    [Fact]
    public async Task Body_ProtobufOrYaml_IsToldAsJson()
    {
        List<JsonObject> events = await RunAsync("omitStages: [RequestReceived]\nrules: [{level: Request, verbs: [create]}]", async (_, admin) =>
        {
            byte[] body = ProtobufWriter.Envelope("v1", "Namespace", new ProtobufWriter().Message(1, new ProtobufWriter().Text(1, "proto")));
            (await admin.SendProtobufAsync(HttpMethod.Post, "/api/v1/namespaces", body)).Expect(201);
            (await admin.PostAsync("/api/v1/namespaces", "metadata:\n  name: yaml\n", "application/yaml")).Expect(201);
        });

        Assert.Equal(["proto", "yaml"], events.Select(e => (string)e["requestObject"]!["metadata"]!["name"]!));
    }

    [Fact]
    public async Task DefaultPolicy_Secret_IsNowhereInTheLog()
    {
        string text = "";
        List<JsonObject> events = await RunAsync(
            null,
            async (_, admin) => (await admin.PostAsync("/api/v1/namespaces/default/secrets", """{"metadata":{"name":"s"},"stringData":{"a":"hush-hush"}}""")).Expect(201),
            log => text = log);

        Assert.Contains(events, e => (string?)e["objectRef"]?["resource"] == "secrets" && (string)e["level"]! == "Metadata");
        Assert.DoesNotContain("hush-hush", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("hush-hush"u8), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_Bad_ServerDoesNotStart()
    {
        string policy = Path.Combine(_directory.Path, "policy.yaml");
        await File.WriteAllTextAsync(policy, "kind: Policy\n", TestContext.Current.CancellationToken);
        await using var server = new LodestoneApiServer(new LodestoneApiServerOptions
        {
            DataDirectory = Path.Combine(_directory.Path, "data"),
            Audit = new AuditOptions { LogFile = Path.Combine(_directory.Path, "audit.log"), PolicyFile = policy },
        });

        FormatException failure = await Assert.ThrowsAsync<FormatException>(() => server.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith($"audit policy {policy}: apiVersion and kind: ", failure.Message, StringComparison.Ordinal);
    }

    private async Task<List<JsonObject>> RunAsync(string? rules, Func<LodestoneApiServer, ApiClient, Task> act, Action<string>? read = null)
    {
        string log = Path.Combine(_directory.Path, "logs", "audit.log");
        string policy = Path.Combine(_directory.Path, "policy.yaml");
        await File.WriteAllTextAsync(policy, $"apiVersion: audit.k8s.io/v1\nkind: Policy\n{rules}\n", TestContext.Current.CancellationToken);
        var server = new LodestoneApiServer(new LodestoneApiServerOptions
        {
            DataDirectory = Path.Combine(_directory.Path, "data"),
            Audit = new AuditOptions { LogFile = log, PolicyFile = rules is null ? null : policy },
        });
        await using (server)
        {
            await server.StartAsync(TestContext.Current.CancellationToken);
            using ApiClient admin = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(server.KubeconfigPath, TestContext.Current.CancellationToken));
            await act(server, admin);
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        }

        read?.Invoke(await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
        return [.. (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Select(l => (JsonObject)JsonNode.Parse(l)!)];
    }
}
