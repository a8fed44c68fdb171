using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Security.Rbac;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.Security.Rbac;

public sealed class RbacIndexTests : IAsyncDisposable
{
    private static readonly UserInfo Alice = new("alice", ["team-a", "system:authenticated"]);

    private readonly ObjectStore _store = ObjectStore.Open(new MemoryCommitLog());
    private readonly ResourceCatalog _catalog;
    private readonly RbacIndex _index;

    public RbacIndexTests()
    {
        _catalog = new ResourceCatalog(_store, TimeProvider.System);
        _index = new RbacIndex(_store);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Authorize_WhatWasJustWritten_Counts()
    {
        Assert.False(May(Alice, "get", "ns-a"));
        await CreateAsync(ClusterRole("reader", Rule("get")));
        await CreateAsync(ClusterBinding("b", "reader", User("alice")));
        Assert.True(May(Alice, "get", "ns-a"));
        Assert.True(May(Alice, "get", ""));

        await UpdateAsync<ClusterRole>("", "reader", r => r.Rules = [Rule("list")]);
        Assert.False(May(Alice, "get", "ns-a"));
        Assert.True(May(Alice, "list", "ns-a"));

        await UpdateAsync<ClusterRoleBinding>("", "b", b => b.Subjects = [User("bob")]);
        Assert.False(May(Alice, "list", "ns-a"));

        await UpdateAsync<ClusterRoleBinding>("", "b", b => b.Subjects = [Group("team-a")]);
        Assert.True(May(Alice, "list", "ns-a"));

        await DeleteAsync<ClusterRoleBinding>("", "b");
        Assert.False(May(Alice, "list", "ns-a"));
    }

    [Fact]
    public async Task Authorize_RoleBinding_CountsInItsNamespaceOnly()
    {
        await NamespaceAsync("ns-a", "ns-b");
        await CreateAsync(new Role { Metadata = new ObjectMeta { Name = "reader" }, Rules = [Rule("get")] }, "ns-a");
        await CreateAsync(ClusterRole("lister", Rule("list")));
        await CreateAsync(Binding("one", "Role", "reader", User("alice")), "ns-a");
        await CreateAsync(Binding("two", "ClusterRole", "lister", User("alice")), "ns-a");

        Assert.True(May(Alice, "get", "ns-a"));
        Assert.True(May(Alice, "list", "ns-a"));
        Assert.False(May(Alice, "get", "ns-b"));
        Assert.False(May(Alice, "list", ""));

        await DeleteAsync<RoleBinding>("ns-a", "one");
        await DeleteAsync<RoleBinding>("ns-a", "two");
        Assert.False(May(Alice, "get", "ns-a"));
    }

    [Fact]
    public async Task Authorize_SaysWhichBindingAllows()
    {
        await NamespaceAsync("ns-a");
        await CreateAsync(ClusterRole("reader", Rule("get")));
        await CreateAsync(ClusterBinding("b", "reader", User("alice"), Group("team-b")));
        await CreateAsync(Binding("local", "ClusterRole", "reader", Account("ns-b", "robot")), "ns-a");

        Assert.Equal("RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"reader\" to User \"alice\"", Ask(Alice, "get", "").Reason);
        Assert.Equal(
            "RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"reader\" to Group \"team-b\"",
            Ask(new UserInfo("bob", ["team-b"]), "get", "").Reason);
        Assert.Equal(
            "RBAC: allowed by RoleBinding \"local/ns-a\" of ClusterRole \"reader\" to ServiceAccount \"robot/ns-b\"",
            Ask(new UserInfo("system:serviceaccount:ns-b:robot", []), "get", "ns-a").Reason);
        Assert.Equal("", Ask(Alice, "delete", "").Reason);
    }

    [Fact]
    public async Task Authorize_RoleThatIsMissing_IsNamedUntilItIsThere()
    {
        await NamespaceAsync("ns-a");
        await CreateAsync(ClusterBinding("b", "late", User("alice")));
        await CreateAsync(Binding("local", "Role", "later", User("alice")), "ns-a");

        Assert.Equal("RBAC: clusterrole.rbac.authorization.k8s.io \"late\" not found", Ask(Alice, "get", "").Reason);
        Assert.Equal(
            "RBAC: [clusterrole.rbac.authorization.k8s.io \"late\" not found, role.rbac.authorization.k8s.io \"later\" not found]",
            Ask(Alice, "get", "ns-a").Reason);

        await CreateAsync(ClusterRole("late", Rule("get")));
        Assert.True(May(Alice, "get", ""));
        await DeleteAsync<ClusterRole>("", "late");
        Assert.Equal("RBAC: clusterrole.rbac.authorization.k8s.io \"late\" not found", Ask(Alice, "get", "").Reason);
    }

    [Fact]
    public async Task Authorize_AggregatedRole_IsWhatItsPartsAreNow()
    {
        ClusterRole whole = ClusterRole("whole");
        whole.AggregationRule = new AggregationRule { ClusterRoleSelectors = [new LabelSelector { MatchLabels = new() { ["to-whole"] = "true" } }] };
        ClusterRole more = ClusterRole("more");
        more.AggregationRule = new AggregationRule { ClusterRoleSelectors = [new LabelSelector { MatchLabels = new() { ["to-more"] = "true" } }] };
        whole.Metadata.Labels = new() { ["to-more"] = "true" };
        more.Metadata.Labels = new() { ["to-whole"] = "true" };
        await CreateAsync(whole);
        await CreateAsync(more);
        await CreateAsync(ClusterBinding("b", "more", User("alice")));
        Assert.False(May(Alice, "get", ""));

        ClusterRole part = ClusterRole("part", Rule("get"));
        part.Metadata.Labels = new() { ["to-whole"] = "true" };
        await CreateAsync(part);
        Assert.True(May(Alice, "get", ""));

        await UpdateAsync<ClusterRole>("", "part", r => r.Metadata.Labels = null);
        Assert.False(May(Alice, "get", ""));
    }

    [Fact]
    public async Task Authorize_Decides_WithoutAllocating()
    {
        await CreateAsync(ClusterRole("reader", Rule("list"), Rule("get")));
        await CreateAsync(ClusterBinding("b", "reader", Group("system:authenticated")));
        RequestInfo request = Request("get", "ns-a");
        _index.Authorize(Alice, request);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            _index.Authorize(Alice, request);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task RulesFor_EverythingOfUserAndGroups()
    {
        await NamespaceAsync("ns-a");
        await CreateAsync(ClusterRole("one", Rule("get")));
        await CreateAsync(ClusterRole("two", Rule("list")));
        await CreateAsync(ClusterBinding("b", "one", Group("team-a")));
        await CreateAsync(Binding("c", "ClusterRole", "two", User("alice")), "ns-a");

        Assert.Equal(["get"], _index.RulesFor(Alice, "").Rules.SelectMany(r => r.Verbs!));
        Assert.Equal(["get", "list"], _index.RulesFor(Alice, "ns-a").Rules.SelectMany(r => r.Verbs!));
    }

    private static PolicyRule Rule(string verb) => new() { Verbs = [verb], ApiGroups = [""], Resources = ["configmaps"] };

    private static ClusterRole ClusterRole(string name, params PolicyRule[] rules) => new() { Metadata = new ObjectMeta { Name = name }, Rules = [.. rules] };

    private static ClusterRoleBinding ClusterBinding(string name, string role, params Subject[] subjects) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        RoleRef = new RoleRef { ApiGroup = ResourceDefinitions.RbacGroup, Kind = "ClusterRole", Name = role },
        Subjects = [.. subjects],
    };

    private static RoleBinding Binding(string name, string kind, string role, params Subject[] subjects) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        RoleRef = new RoleRef { ApiGroup = ResourceDefinitions.RbacGroup, Kind = kind, Name = role },
        Subjects = [.. subjects],
    };

    private static Subject User(string name) => new() { Kind = "User", Name = name };

    private static Subject Group(string name) => new() { Kind = "Group", Name = name };

    private static Subject Account(string ns, string name) => new() { Kind = "ServiceAccount", Namespace = ns, Name = name };

    private static RequestInfo Request(string verb, string ns) =>
        new() { Verb = verb, Path = "", IsResource = true, Resource = "configmaps", Namespace = ns, Name = "x" };

    private AuthorizationDecision Ask(UserInfo user, string verb, string ns) => _index.Authorize(user, Request(verb, ns));

    private bool May(UserInfo user, string verb, string ns) => Ask(user, verb, ns).IsAllowed;

    private async Task NamespaceAsync(params string[] names)
    {
        foreach (string name in names)
        {
            await CreateAsync(new Api.BuiltIn.Namespace { Metadata = new ObjectMeta { Name = name } });
        }
    }

    private Task<StoredObject> CreateAsync<T>(T value, string ns = "")
        where T : KubernetesObject =>
        _catalog.Registry(ResourceDefinitions.Of<T>()).CreateAsync(ns, value, new WriteOptions());

    private Task<StoredObject> UpdateAsync<T>(string ns, string name, Action<T> change)
        where T : KubernetesObject
    {
        ObjectRegistry registry = _catalog.Registry(ResourceDefinitions.Of<T>());
        return registry.UpdateAsync(ns, name, isStatus: false, isReplacement: false, Change, new WriteOptions());

        KubernetesObject Change(StoredObject current)
        {
            var value = (T)registry.Codec.Decode(current);
            change(value);
            return value;
        }
    }

    private async Task DeleteAsync<T>(string ns, string name)
        where T : KubernetesObject =>
        await _catalog.Registry(ResourceDefinitions.Of<T>()).DeleteAsync(ns, name, new DeleteOptions());
}
