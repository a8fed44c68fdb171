using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Client.Tests.Events;

/// <summary>What of many records arrives at a server.</summary>
public sealed class EventRecorderTests
{
    private static readonly LoadBalancer Web = new() { Metadata = new ObjectMeta { Namespace = "default", Name = "web", Uid = "u", ResourceVersion = "7" } };

    private readonly ConcurrentQueue<(string Method, JsonNode Body)> _writes = new();

    [Fact]
    public async Task Record_RepeatsThatPileUp_BecomeOneEventThatCounts()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        Keep(server, 1);
        using ApiClient client = server.Client();
        var recorder = new EventRecorder(client, "tests", "here", NullLogger.Instance, TimeProvider.System);
        for (int i = 0; i < 5; i++)
        {
            recorder.Record(Web, EventType.Warning, "NoPool", "create one");
        }

        await RunUntilAsync(recorder, () => _writes.Count == 1);

        (string method, JsonNode body) = Assert.Single(_writes);
        Assert.Equal("POST", method);
        Assert.Equal(("NoPool", "create one", 5, "LoadBalancer", "u"), ((string)body["reason"]!, (string)body["message"]!, (int)body["count"]!, (string)body["involvedObject"]!["kind"]!, (string)body["involvedObject"]!["uid"]!));
    }

    [Fact]
    public async Task Record_RepeatLater_RaisesTheCounterOfTheEvent()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        Keep(server, 3);
        using ApiClient client = server.Client();
        var recorder = new EventRecorder(client, "tests", "here", NullLogger.Instance, TimeProvider.System);
        recorder.Record(Web, EventType.Normal, "Programmed", "1 of 1 gateways");

        await RunUntilAsync(
            recorder,
            () => !_writes.IsEmpty,
            () =>
            {
                recorder.Record(Web, EventType.Normal, "Programmed", "1 of 1 gateways");
                recorder.Record(Web, EventType.Normal, "Programmed", "1 of 1 gateways");
            },
            () => (int)_writes.Last().Body["count"]! == 3);

        Assert.Equal("POST", _writes.First().Method);
        Assert.All(_writes.Skip(1), write => Assert.Equal("PATCH", write.Method));
    }

    [Fact]
    public async Task Record_Flood_EndsIn10EventsOfThatReasonAnd25Records()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        Keep(server, 20);
        using ApiClient client = server.Client();
        var recorder = new EventRecorder(client, "tests", "here", NullLogger.Instance, TimeProvider.System);
        for (int i = 0; i < 500; i++)
        {
            recorder.Record(Web, EventType.Warning, "Conflict", $"with {i}");
        }

        recorder.Record(new LoadBalancer { Metadata = new ObjectMeta { Namespace = "default", Name = "last", Uid = "l" } }, EventType.Normal, "Last", "one");
        await RunUntilAsync(recorder, () => _writes.Count == 11);

        JsonNode[] ofWeb = [.. _writes.Select(w => w.Body).Where(b => (string)b["involvedObject"]!["name"]! == "web")];
        Assert.Equal(10, ofWeb.Length);
        Assert.Equal(25, ofWeb.Sum(b => (int)b["count"]!));
        Assert.Equal("(combined from similar events): with 24", (string)ofWeb[^1]["message"]!);
        Assert.Single(_writes, w => (string)w.Body["reason"]! == "Last");
    }

    /// <summary>The next requests are kept and answered with what they send, as a server would store it.</summary>
    private void Keep(ScriptedServer server, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            server.Then(async context =>
            {
                JsonNode body = (await JsonNode.ParseAsync(context.Request.Body))!;
                body["metadata"] ??= new JsonObject();
                body["metadata"]!["resourceVersion"] = "1";
                body["metadata"]!["name"] ??= "web.1";
                body["metadata"]!["namespace"] ??= "default";
                _writes.Enqueue((context.Request.Method, body));
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(body.ToJsonString());
            });
        }
    }

    /// <summary>Runs the recorder until the first condition holds; then, after <paramref name="next"/>, until the second does.</summary>
    private static async Task RunUntilAsync(EventRecorder recorder, Func<bool> first, Action? next = null, Func<bool>? second = null)
    {
        using var stop = new CancellationTokenSource();
        Task running = recorder.RunAsync(stop.Token);
        await Eventually.HoldsAsync(first, "the writes");
        next?.Invoke();
        await Eventually.HoldsAsync(second ?? first, "the writes after that");
        await stop.CancelAsync();
        await running;
    }
}
