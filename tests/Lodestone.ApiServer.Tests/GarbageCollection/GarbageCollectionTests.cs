using System.Text.Json.Nodes;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.GarbageCollection;

public sealed class GarbageCollectionTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Held = "example.org/hold";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Background_OwnerGone_TakesDependentsOfAllKindsAndTheirs()
    {
        string ns = await server.NamespaceAsync();
        string path = Samples.LoadBalancers(ns), leases = Owned.Leases(ns);
        ApiAnswer owner = await CreateAsync(path, "owner");
        ApiAnswer child = await CreateAsync(path, "child", Owned.By(owner));
        (await _admin.PostAsync(leases, Owned.Lease("grandchild", Owned.By(child)))).Expect(201);
        await CreateAsync(path, "stranger");

        (await _admin.DeleteAsync($"{path}/owner", """{"propagationPolicy":"Background"}""")).Expect(200);

        await server.UntilAsync(async () => (await _admin.GetAsync($"{leases}/grandchild")).Code == 404);
        Assert.Equal(["stranger"], (await _admin.GetAsync(path)).ItemNames);
    }

    [Fact]
    public async Task Foreground_OwnerWaits_ForDependentsThatBlock()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer owner = await CreateAsync(path, "owner");
        await CreateAsync(path, "blocking", Owned.By(owner, blocks: true), Held);
        await CreateAsync(path, "loose", Owned.By(owner, blocks: false), Held);

        JsonObject deleted = (await _admin.DeleteAsync($"{path}/owner", """{"propagationPolicy":"Foreground"}""")).Expect(200).Json;
        await server.UntilAsync(async () => await IsDeletingAsync($"{path}/blocking") && await IsDeletingAsync($"{path}/loose"));
        await BarrierAsync(path);
        ApiAnswer waiting = (await _admin.GetAsync($"{path}/owner")).Expect(200);
        await ReleaseAsync($"{path}/blocking");
        await server.UntilAsync(async () => (await _admin.GetAsync($"{path}/owner")).Code == 404);

        Assert.Equal("foregroundDeletion", (string)deleted["metadata"]!["finalizers"]![0]!);
        Assert.Equal((string)deleted["metadata"]!["resourceVersion"]!, waiting.ResourceVersion);
        (await _admin.GetAsync($"{path}/loose")).Expect(200);
        await ReleaseAsync($"{path}/loose");
    }

    [Fact]
    public async Task Foreground_DependentsOfDependents_GoFirst()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer owner = await CreateAsync(path, "owner");
        ApiAnswer child = await CreateAsync(path, "child", Owned.By(owner, blocks: true));
        await CreateAsync(path, "grandchild", Owned.By(child, blocks: true), Held);

        (await _admin.DeleteAsync($"{path}/owner", """{"propagationPolicy":"Foreground"}""")).Expect(200);
        await server.UntilAsync(() => IsDeletingAsync($"{path}/grandchild"));
        await BarrierAsync(path);

        Assert.Equal(["child", "grandchild", "owner"], (await _admin.GetAsync(path)).ItemNames);
        await ReleaseAsync($"{path}/grandchild");
        await server.UntilAsync(async () => !(await _admin.GetAsync(path)).ItemNames.Any());
    }

    [Fact]
    public async Task Foreground_FinalizerOfTheUsersOwn_HoldsTheOwnerStill()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer owner = await CreateAsync(path, "owner", finalizer: Held);
        await CreateAsync(path, "child", Owned.By(owner, blocks: true));

        (await _admin.DeleteAsync($"{path}/owner", """{"propagationPolicy":"Foreground"}""")).Expect(200);
        await server.UntilAsync(async () =>
            (await _admin.GetAsync($"{path}/owner")).Json["metadata"]!["finalizers"]!.ToJsonString() == $"[\"{Held}\"]");

        (await _admin.GetAsync($"{path}/child")).ExpectFailure(404, "NotFound");
        await ReleaseAsync($"{path}/owner");
        (await _admin.GetAsync($"{path}/owner")).ExpectFailure(404, "NotFound");
    }

    [Theory]
    [InlineData("""{"propagationPolicy":"Orphan"}""")]
    [InlineData("""{"orphanDependents":true}""")]
    public async Task Orphan_OwnerGone_DependentsLiveOnWithoutIt(string options)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer owner = await CreateAsync(path, "owner");
        ApiAnswer child = await CreateAsync(path, "child", Owned.By(owner, blocks: true));
        await CreateAsync(path, "going", Owned.By(owner), Held);
        (await _admin.DeleteAsync($"{path}/going")).Expect(200);

        (await _admin.DeleteAsync($"{path}/owner", options)).Expect(200);
        await server.UntilAsync(async () => (await _admin.GetAsync($"{path}/owner")).Code == 404);
        await BarrierAsync(path);

        ApiAnswer freed = (await _admin.GetAsync($"{path}/child")).Expect(200);
        Assert.Null(freed.Json["metadata"]!["ownerReferences"]);
        Assert.Equal((child.Uid, 1), (freed.Uid, (int)freed.Json["metadata"]!["generation"]!));
        await ReleaseAsync($"{path}/going");
    }

    [Fact]
    public async Task AbsentOwner_FromTheStart_DependentIsDeleted()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer living = await CreateAsync(path, "living");
        (await _admin.PostAsync(path, Owned.LoadBalancer("late", Owned.Reference("LoadBalancer", "gone", Guid.NewGuid().ToString())))).Expect(201);
        // The name is right, the uid is that of an object before it.
        (await _admin.PostAsync(path, Owned.LoadBalancer("other-uid", Owned.Reference("LoadBalancer", "living", Guid.NewGuid().ToString())))).Expect(201);
        await CreateAsync(path, "owned", Owned.By(living));

        await BarrierAsync(path);

        Assert.Equal(["living", "owned"], (await _admin.GetAsync(path)).ItemNames);
    }

    [Fact]
    public async Task AbsentOwner_BesideALivingOne_OnlyTheReferenceGoes()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer living = await CreateAsync(path, "living"), dying = await CreateAsync(path, "dying");
        await CreateAsync(path, "child", $"{Owned.By(living)},{Owned.By(dying)}");

        (await _admin.DeleteAsync($"{path}/dying")).Expect(200);
        await server.UntilAsync(async () => ((JsonArray)(await _admin.GetAsync($"{path}/child")).Json["metadata"]!["ownerReferences"]!).Count == 1);

        JsonNode left = (await _admin.GetAsync($"{path}/child")).Expect(200).Json["metadata"]!["ownerReferences"]![0]!;
        Assert.Equal(living.Uid, (string)left["uid"]!);
    }

    [Fact]
    public async Task Foreground_DependentWithAnotherOwner_IsLetGoInstead()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer living = await CreateAsync(path, "living"), dying = await CreateAsync(path, "dying");
        await CreateAsync(path, "child", $"{Owned.By(living)},{Owned.By(dying, blocks: true)}");

        (await _admin.DeleteAsync($"{path}/dying", """{"propagationPolicy":"Foreground"}""")).Expect(200);
        await server.UntilAsync(async () => (await _admin.GetAsync($"{path}/dying")).Code == 404);

        Assert.Equal(["child", "living"], (await _admin.GetAsync(path)).ItemNames);
    }

    [Theory]
    [InlineData(1, "Foreground")]
    [InlineData(2, "Foreground")]
    [InlineData(3, "Foreground")]
    [InlineData(3, "Background")]
    public async Task Cycle_AnyLength_DoesNotBlock(int length, string policy)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        var ring = new List<ApiAnswer>();
        for (int i = 0; i < length; i++)
        {
            ring.Add(await CreateAsync(path, $"r{i}"));
        }

        for (int i = 0; i < length; i++)
        {
            (await _admin.MergePatchAsync($"{path}/r{i}", $$$"""{"metadata":{"ownerReferences":[{{{Owned.By(ring[(i + 1) % length], blocks: true)}}}]}}""")).Expect(200);
        }

        (await _admin.DeleteAsync($"{path}/r0", $$$"""{"propagationPolicy":"{{{policy}}}"}""")).Expect(200);

        await server.UntilAsync(async () => !(await _admin.GetAsync(path)).ItemNames.Any());
    }

    [Fact]
    public async Task OwnerInAnotherNamespace_IsAbsentAndTold()
    {
        string home = await server.NamespaceAsync(), away = await server.NamespaceAsync();
        ApiAnswer owner = await CreateAsync(Samples.LoadBalancers(away), "owner");
        ApiAnswer child = await CreateAsync(Samples.LoadBalancers(home), "child", Owned.By(owner));

        string events = $"/api/v1/namespaces/{home}/events?fieldSelector=reason%3DOwnerRefInvalidNamespace,involvedObject.uid%3D{child.Uid}";
        await server.UntilAsync(async () => ((JsonArray)(await _admin.GetAsync(events)).Json["items"]!).Count > 0);

        await server.UntilAsync(async () => (await _admin.GetAsync($"{Samples.LoadBalancers(home)}/child")).Code == 404);
        JsonNode told = (await _admin.GetAsync(events)).Json["items"]![0]!;
        Assert.Equal(
            $"ownerRef [networking.ironcore.dev/v1alpha1/LoadBalancer, namespace: {home}, name: owner, uid: {owner.Uid}] does not exist in namespace \"{home}\"",
            (string)told["message"]!);
        Assert.Equal("Warning", (string)told["type"]!);
    }

    [Fact]
    public async Task ClusterScopedDependent_OfNamespacedOwner_IsNotCollectedButTold()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer owner = await CreateAsync(path, "owner");
        string name = $"h-{Guid.NewGuid():N}";
        JsonObject host = JsonNode.Parse(Samples.Host(name))!.AsObject();
        host["metadata"]!["ownerReferences"] = JsonNode.Parse($"[{Owned.By(owner)}]");
        ApiAnswer created = (await _admin.PostAsync("/apis/lodestone.dev/v1alpha1/hosts", host.ToJsonString())).Expect(201);

        string events = $"/api/v1/namespaces/default/events?fieldSelector=reason%3DOwnerRefInvalidNamespace,involvedObject.uid%3D{created.Uid}";
        await server.UntilAsync(async () => ((JsonArray)(await _admin.GetAsync(events)).Json["items"]!).Count > 0);
        (await _admin.DeleteAsync($"{path}/owner")).Expect(200);
        await BarrierAsync(path);

        (await _admin.GetAsync($"/apis/lodestone.dev/v1alpha1/hosts/{name}")).Expect(200);
    }

    [Fact]
    public async Task OwnerOfKindNotServed_DependentIsLeftAlone()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        string reference = $$"""{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"{{Guid.NewGuid()}}"}""";
        ApiAnswer child = (await _admin.PostAsync(path, Owned.LoadBalancer("child", reference))).Expect(201);

        await BarrierAsync(path);

        Assert.Equal(child.ResourceVersion, (await _admin.GetAsync($"{path}/child")).Expect(200).ResourceVersion);
    }

    [Fact]
    public async Task ClusterScopedOwner_OfNamespacedDependent_Counts()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        string host = $"h-{Guid.NewGuid():N}";
        ApiAnswer owner = (await _admin.PostAsync("/apis/lodestone.dev/v1alpha1/hosts", Samples.Host(host))).Expect(201);
        await CreateAsync(path, "child", Owned.By(owner));
        await BarrierAsync(path);
        (await _admin.GetAsync($"{path}/child")).Expect(200);

        (await _admin.DeleteAsync($"/apis/lodestone.dev/v1alpha1/hosts/{host}")).Expect(200);

        await server.UntilAsync(async () => (await _admin.GetAsync($"{path}/child")).Code == 404);
    }

    [Fact]
    public async Task Race_DependentsCreatedWhileTheOwnerGoes_AllGo()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        for (int round = 0; round < 5; round++)
        {
            ApiAnswer owner = await CreateAsync(path, "owner");
            string options = round % 2 == 0 ? """{"propagationPolicy":"Background"}""" : """{"propagationPolicy":"Foreground"}""";
            Task<ApiAnswer>[] creating =
                [.. Enumerable.Range(0, 40).Select(i => _admin.PostAsync(path, Owned.LoadBalancer($"d{round}-{i}", Owned.By(owner, blocks: i % 2 == 0))))];
            await Task.WhenAny(creating);
            (await _admin.DeleteAsync($"{path}/owner", options)).Expect(200);
            Assert.All(await Task.WhenAll(creating), a => a.Expect(201));

            await server.UntilAsync(async () => !(await _admin.GetAsync(path)).ItemNames.Any());
        }
    }

    [Fact]
    public async Task Orphan_DependentsCreatedJustBefore_AreNeverTaken()
    {
        string ns = await server.NamespaceAsync();
        string path = Samples.LoadBalancers(ns), leases = Owned.Leases(ns);
        for (int round = 0; round < 10; round++)
        {
            ApiAnswer owner = await CreateAsync(path, "owner");
            ApiAnswer[] children = await Task.WhenAll(
                Enumerable.Range(0, 10).Select(i => _admin.PostAsync(leases, Owned.Lease($"d{round}-{i}", Owned.By(owner)))));
            Assert.All(children, c => c.Expect(201));
            (await _admin.DeleteAsync($"{path}/owner", """{"propagationPolicy":"Orphan"}""")).Expect(200);
            await server.UntilAsync(async () => (await _admin.GetAsync($"{path}/owner")).Code == 404);
        }

        await BarrierAsync(path);
        Assert.Equal(100, (await _admin.GetAsync(leases)).ItemNames.Count());
    }

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    [InlineData("Orphan")]
    public async Task TenThousandDependents_AreDealtWith(string policy)
    {
        const int Count = 10_000;
        string ns = await server.NamespaceAsync();
        string path = Samples.LoadBalancers(ns);
        ApiAnswer owner = await CreateAsync(path, "owner");
        string reference = Owned.By(owner, blocks: true);
        await Owned.StoreLeasesAsync(server.Server.Store, ns, "d", Count, reference);

        (await _admin.DeleteAsync($"{path}/owner", $$$"""{"propagationPolicy":"{{{policy}}}"}""")).Expect(200);
        ObjectMap Left() => server.Server.Store.Read("leases.coordination.k8s.io").Objects;
        int OfNamespace() => Left().Rank(ns + "0") - Left().Rank(ns + "/");
        await server.UntilAsync(async () =>
            policy == "Orphan" ? (await _admin.GetAsync($"{path}/owner")).Code == 404 : OfNamespace() == 0);

        Assert.Equal(policy == "Orphan" ? Count : 0, OfNamespace());
        foreach (StoredObject item in Left().Between(ns + "/", ns + "0"))
        {
            Assert.Empty(item.Summary.OwnerUids);
        }

        await server.UntilAsync(async () => (await _admin.GetAsync($"{path}/owner")).Code == 404);
    }

    [Fact]
    public async Task DryRun_Deletion_CollectsNothing()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer owner = await CreateAsync(path, "owner");
        await CreateAsync(path, "child", Owned.By(owner));

        (await _admin.DeleteAsync($"{path}/owner?dryRun=All", """{"propagationPolicy":"Foreground"}""")).Expect(200);
        await BarrierAsync(path);

        Assert.Equal(["child", "owner"], (await _admin.GetAsync(path)).ItemNames);
    }

    private async Task<ApiAnswer> CreateAsync(string path, string name, string references = "", string? finalizer = null) =>
        (await _admin.PostAsync(path, Owned.LoadBalancer(name, references, finalizer))).Expect(201);

    private async Task<bool> IsDeletingAsync(string path) => (await _admin.GetAsync(path)).Json["metadata"]!["deletionTimestamp"] is not null;

    private async Task ReleaseAsync(string path) => (await _admin.MergePatchAsync(path, """{"metadata":{"finalizers":null}}""")).Expect(200);

    /// <summary>The collector takes things in order: when it has taken this, it is done with what was before.</summary>
    private async Task BarrierAsync(string path)
    {
        string name = $"barrier-{Guid.NewGuid():N}";
        (await _admin.PostAsync(path, Owned.LoadBalancer(name, Owned.Reference("LoadBalancer", "nobody", Guid.NewGuid().ToString())))).Expect(201);
        await server.UntilAsync(async () => (await _admin.GetAsync($"{path}/{name}")).Code == 404);
    }
}
