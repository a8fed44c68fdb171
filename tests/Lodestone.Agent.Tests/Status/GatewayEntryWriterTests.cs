using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using CsCheck;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Datapath.Layout;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests.Status;

public sealed class GatewayEntryWriterTests : IDisposable
{
    /// <summary>Of the one table that these tests have: releases compare it, so it never changes.</summary>
    private const string Table = "130f1bb4dadd7df1";

    private const string Apply = "PATCH /apis/networking.ironcore.dev/v1alpha1/namespaces/default/loadbalancers/web/status?fieldManager=lodestone-agent%2Fhost-a&force=true";

    private readonly World _world = new();
    private readonly FakeApi _api = new();
    private readonly FakeLister<LoadBalancer> _cache = new();
    private readonly ApiClient _client;
    private readonly GatewayEntryWriter _writer;

    public GatewayEntryWriterTests()
    {
        _client = new ApiClient(_api, new Uri("https://api.example/"));
        _writer = new GatewayEntryWriter(
            _client, _cache, new EventRecorder(_client, "lodestone-agent", "host-a", NullLogger.Instance, TimeProvider.System), "host-a");
    }

    [Fact]
    public async Task Write_NewLoadBalancer_AppliesItsOwnEntryOnceAndNothingElse()
    {
        AddServed();

        Assert.Equal(1, await WriteAllAsync());
        Assert.Equal(0, await WriteAllAsync());

        (string request, string body) = Assert.Single(_api.Requests);
        Assert.Equal(Apply, request);
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse("""
                    {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"namespace":"default","name":"web","uid":"web-uid"},
                     "status":{"gateways":[{"name":"host-a","state":"Programmed","reason":"Programmed","message":"198.51.100.1","observedGeneration":1,"ringGeneration":4,"tableFingerprint":"130f1bb4dadd7df1"}]}}
                    """),
                JsonNode.Parse(body)),
            body);
    }

    [Fact]
    public async Task Write_EntryIsThere_WritesNothing()
    {
        LoadBalancer lb = AddServed();
        lb.Status!.Gateways =
        [
            new LoadBalancerGateway { Name = "host-c", State = "Failed" },
            new LoadBalancerGateway { Name = "host-a", State = "Programmed", Reason = "Programmed", Message = "198.51.100.1", ObservedGeneration = 1, RingGeneration = 4, TableFingerprint = Table },
        ];

        Assert.Equal(0, await WriteAllAsync());
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task Write_OneOfTwoChanges_OnlyThatIsWritten()
    {
        AddServed();
        LoadBalancer other = _world.AddLoadBalancer("other", "198.51.100.2");
        _cache.Items.Add(other);
        await WriteAllAsync();
        _api.Requests.Clear();
        _world.Routings.Single().RingGeneration = 5;
        _world.Routings.Single().Metadata.ResourceVersion = "2";

        Assert.Equal(1, await WriteAllAsync());

        Assert.Equal(Apply, Assert.Single(_api.Requests).Request);
    }

    [Fact]
    public async Task Write_EntryWasTakenAwayBySomebody_IsWrittenAgain()
    {
        LoadBalancer lb = AddServed();
        AgentState state = _world.Apply();
        await WriteAllAsync(state);
        _cache.Items[0] = new LoadBalancer
        {
            Metadata = new ObjectMeta { Namespace = lb.Metadata.Namespace, Name = lb.Metadata.Name, Uid = lb.Metadata.Uid, Generation = 1, ResourceVersion = "2" },
            Spec = lb.Spec,
            Status = lb.Status,
        };

        Assert.Equal(1, await WriteAllAsync(state, made: []));
        Assert.Equal(0, await WriteAllAsync(state, made: []));
    }

    [Fact]
    public async Task Write_SomethingElseDoesNotFit_IsSaid()
    {
        LoadBalancer lb = AddServed();
        AgentState before = _world.Apply();
        await WriteAllAsync(before);
        AgentState full = before with { Applied = before.Applied with { Problems = [new Problem("LoadBalancer", lb.Key, Reasons.CapacityExceeded, "full")] } };
        AgentState fuller = full with { Applied = full.Applied with { Problems = [new Problem("LoadBalancer", lb.Key, Reasons.CapacityExceeded, "fuller")] } };

        Assert.Equal(1, await WriteAllAsync(full, made: []));
        Assert.Equal(1, await WriteAllAsync(fuller, made: []));
        Assert.Equal(1, await WriteAllAsync(before, made: []));
        Assert.Equal(0, await WriteAllAsync(before, made: []));
    }

    [Fact]
    public async Task Write_LastInterfaceOfTheNetworkIsGone_EntryGoesToo()
    {
        _world.HostName = "host-b";
        LoadBalancer lb = _world.AddLoadBalancer("db", "10.0.0.100");
        lb.Spec.Type = "Internal";
        _world.Route(lb, _world.AddNic("here", 1, "host-b"));
        _cache.Items.Add(lb);
        AgentState before = _world.Apply();
        await WriteAllAsync(before);
        _world.Nics.Clear();

        Assert.Equal(1, await WriteAllAsync(_world.Apply(previous: before)));
    }

    [Fact]
    public async Task Write_LoadBalancerIsBeingDeleted_EntryGoesOnceTheMapsLetGo()
    {
        LoadBalancer lb = AddServed();
        lb.Status!.Gateways = [new LoadBalancerGateway { Name = "host-a", State = "Programmed", Reason = "Programmed", Message = "198.51.100.1", ObservedGeneration = 1, RingGeneration = 4, TableFingerprint = Table }];
        AgentState before = _world.Apply();
        lb.Metadata.DeletionTimestamp = World.Start;

        // The cache knows of the deletion, the data path not yet.
        Assert.Empty(_writer.Outdated(new GatewayReport(before, "host-a")));
        Assert.Equal(1, await WriteAllAsync());

        JsonNode body = JsonNode.Parse(Assert.Single(_api.Requests).Body)!;
        Assert.Equal("{}", body["status"]!.ToJsonString());
    }

    [Fact]
    public async Task Write_EntryThatSomebodyElseOwnsToo_IsTakenAwayAllTheSame()
    {
        LoadBalancer lb = AddServed();
        lb.Metadata.DeletionTimestamp = World.Start;
        lb.Status!.Gateways = [new LoadBalancerGateway { Name = "host-c", State = "Failed" }, new LoadBalancerGateway { Name = "host-a", State = "Programmed" }];
        _api.Answers.Enqueue((HttpStatusCode.OK, """
            {"metadata":{"namespace":"default","name":"web","uid":"web-uid","resourceVersion":"9"},"status":{"gateways":[{"name":"host-c","state":"Failed"},{"name":"host-a","state":"Programmed"}]}}
            """));

        Assert.Equal(1, await WriteAllAsync());

        Assert.Equal(2, _api.Requests.Count);
        Assert.Equal("""{"metadata":{"resourceVersion":"9"},"status":{"gateways":[{"name":"host-c","state":"Failed"}]}}""", _api.Requests[1].Body);
    }

    [Fact]
    public async Task Write_ServerRefusesToApplyNone_EntryIsTakenAwayByHand()
    {
        LoadBalancer lb = AddServed();
        lb.Metadata.DeletionTimestamp = World.Start;
        lb.Status!.Gateways = [new LoadBalancerGateway { Name = "host-a", State = "Programmed" }];
        _api.Answers.Enqueue((HttpStatusCode.UnprocessableEntity, """
            {"kind":"Status","code":422,"reason":"Invalid","message":"status.gateways in body must be of type array: \"null\"","details":{"causes":[{"reason":"FieldValueInvalid","field":"status.gateways","message":"m"}]}}
            """));

        Assert.Equal(1, await WriteAllAsync());

        Assert.Equal(2, _api.Requests.Count);
        Assert.Equal("""{"metadata":{"resourceVersion":"1"},"status":{"gateways":null}}""", _api.Requests[1].Body);
    }

    [Fact]
    public async Task Write_AnotherTookTheName_IsNoFailure()
    {
        AddServed();
        _api.Answers.Enqueue((HttpStatusCode.UnprocessableEntity, """
            {"kind":"Status","code":422,"reason":"Invalid","message":"m","details":{"causes":[{"reason":"FieldValueInvalid","field":"metadata.uid","message":"field is immutable"}]}}
            """));

        Assert.Equal(1, await WriteAllAsync());
    }

    /// <summary>After any history, of which some states were not looked at, what was looked at is all there is to write.</summary>
    [Fact]
    public void Outdated_AnyHistory_FindsAllThatAWholeLookFinds() => Gen.Select(Gen.Int, Gen.Int[1, 20]).Sample(
        (seed, steps) =>
        {
            var random = new Random(seed);
            var history = new RandomHistory(random, isWhole: true);
            using var client = new ApiClient(new FakeApi(), new Uri("https://api.example/"));
            var cache = new FakeLister<LoadBalancer>();
            var writer = new GatewayEntryWriter(client, cache, new EventRecorder(client, "lodestone-agent", "host-a", NullLogger.Instance, TimeProvider.System), "host-a");
            var time = new ManualTime(World.Start);
            var applier = new DatapathApplier(
                new MemoryDatapathMaps(new DatapathCapacities { VipSlots = seed % 3 == 0 ? 8 : 64, RingSlots = seed % 3 == 1 ? 1 << 9 : 1 << 14, Reals = 256, FlowBuckets = 8, PortBitmaps = 4 }), time);
            DesiredState? desired = null;
            HashSet<VipKey> made = [];
            for (int step = 0; step < steps; step++)
            {
                history.Step();
                time.Advance(history.Now - time.GetUtcNow());
                WorldSnapshot world = history.Frozen(history.World.Snapshot());
                desired = DesiredState.Compute(world, desired, history.Now);
                ApplyResult applied = applier.Apply(desired, world.Underlay);
                made.UnionWith(applied.Made);
                if (random.Next(3) == 0)
                {
                    continue;
                }

                cache.Items.Clear();
                cache.Items.AddRange(world.LoadBalancers);
                var state = new AgentState(
                    desired,
                    applied,
                    ImmutableDictionary<uint, string>.Empty,
                    applier.VipIds,
                    applier.RealIndexes,
                    applier.Fingerprints,
                    random.Next(8) == 0
                        ? ImmutableDictionary<DatapathAddress, ContestedVip>.Empty.Add(DatapathAddress.Parse("198.51.100.2"), default)
                        : ImmutableDictionary<DatapathAddress, ContestedVip>.Empty);
                var report = new GatewayReport(state, "host-a", made);
                made = [];
                foreach (LoadBalancer lb in writer.Outdated(report))
                {
                    writer.WriteAsync(lb, report, CancellationToken.None).GetAwaiter().GetResult();
                }

                writer.Retry();
                Assert.Empty(writer.Outdated(report).Select(lb => lb.Key));
            }
        },
        iter: 300);

    [Fact]
    public void ManagerOf_AnyHost_FitsAndIsItsOwn()
    {
        string[] hosts = ["host-a", new string('a', 200) + "b", new string('a', 200) + "c"];

        string[] managers = [.. hosts.Select(GatewayEntryWriter.ManagerOf)];

        Assert.All(managers, manager => Assert.InRange(manager.Length, 1, 128));
        Assert.Equal(3, managers.Distinct().Count());
    }

    public void Dispose() => _client.Dispose();

    private LoadBalancer AddServed()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        lb.Metadata.Generation = 1;
        _world.Route(lb, _world.AddNic("a", 1)).RingGeneration = 4;
        _cache.Items.Add(lb);
        return lb;
    }

    private async Task<int> WriteAllAsync(AgentState? state = null, VipKey[]? made = null)
    {
        var report = new GatewayReport(state ?? _world.Apply(), "host-a", made);
        List<LoadBalancer> outdated = _writer.Outdated(report);
        foreach (LoadBalancer lb in outdated)
        {
            await _writer.WriteAsync(lb, report, TestContext.Current.CancellationToken);
        }

        return outdated.Count;
    }
}
