using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Discovery;

public sealed class DiscoveryCases(Target target) : ConformanceCase(target)
{
    private const string V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private const string V2Beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

    [Case]
    public async Task Get_Version_SaysWhatItIs() =>
        (await Api.GetAsync("/version")).Is(200).Matches("""
            {"major":"1","minor":"</\\d+\\+?/>","gitVersion":"</v1\\.\\d+\\..+/>","gitCommit":"<any>","gitTreeState":"<any>","buildDate":"<any>","goVersion":"<any>","compiler":"<any>","platform":"</.+/.+/>"}
            """);

    [Case]
    public async Task Get_Api_ListsV1() =>
        (await Api.GetAsync("/api")).Is(200).Matches("""{"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":"<any>"}]}""");

    [Cases]
    [InlineData("networking.ironcore.dev")]
    [InlineData("ipam.ironcore.dev")]
    [InlineData("lodestone.dev")]
    public async Task Get_Apis_ListsOurGroups(string group)
    {
        Answer groups = (await Api.GetAsync("/apis")).Is(200).Matches("""{"kind":"APIGroupList","apiVersion":"v1"}""");
        System.Text.Json.Nodes.JsonNode found = Assert.Single(groups["groups"].AsArray(), g => (string?)g!["name"] == group)!;
        string pattern = $$"""{"versions":[{"groupVersion":"{{group}}/v1alpha1","version":"v1alpha1"}],"preferredVersion":{"groupVersion":"{{group}}/v1alpha1","version":"v1alpha1"} }""";
        Assert.Empty(JsonPattern.Differences(found, pattern, isExact: false));
    }

    [Cases]
    [InlineData("coordination.k8s.io")]
    [InlineData("rbac.authorization.k8s.io")]
    [InlineData("authorization.k8s.io")]
    [InlineData("authentication.k8s.io")]
    [InlineData("events.k8s.io")]
    public async Task Get_Apis_ListsKubernetesGroups(string group)
    {
        Answer groups = (await Api.GetAsync("/apis")).Is(200);
        System.Text.Json.Nodes.JsonNode found = Assert.Single(groups["groups"].AsArray(), g => (string?)g!["name"] == group)!;
        Assert.Equal("v1", (string?)found["preferredVersion"]!["version"]);
    }

    [Case]
    public async Task Get_Group_IsTheGroup() =>
        (await Api.GetAsync("/apis/networking.ironcore.dev")).Is(200).Matches("""
            {"kind":"APIGroup","apiVersion":"v1","name":"networking.ironcore.dev","versions":[{"groupVersion":"networking.ironcore.dev/v1alpha1","version":"v1alpha1"}],
             "preferredVersion":{"groupVersion":"networking.ironcore.dev/v1alpha1","version":"v1alpha1"}}
            """);

    [Cases]
    [InlineData("configmaps", "cm")]
    [InlineData("secrets", "")]
    [InlineData("namespaces", "ns")]
    [InlineData("events", "ev")]
    [InlineData("serviceaccounts", "sa")]
    [InlineData("leases", "")]
    [InlineData("roles", "")]
    [InlineData("clusterrolebindings", "")]
    [InlineData("loadbalancers", "lb")]
    [InlineData("networks", "net")]
    [InlineData("networkinterfaces", "nic")]
    [InlineData("addresspools", "pool")]
    [InlineData("hosts", "")]
    [InlineData("bgppeers", "")]
    public async Task Get_GroupVersion_DescribesTheKind(string plural, string shortName)
    {
        var kind = Kind.Of(plural);
        string path = kind.Everywhere[..kind.Everywhere.LastIndexOf('/')];
        Answer list = (await Api.GetAsync(path)).Is(200).Matches($$"""{"kind":"APIResourceList","groupVersion":"{{kind.ApiVersion}}"}""");
        System.Text.Json.Nodes.JsonNode found = Assert.Single(list["resources"].AsArray(), r => (string?)r!["name"] == plural)!;
        Assert.Equal(kind.Name, (string?)found["kind"]);
        Assert.Equal(kind.IsNamespaced, (bool)found["namespaced"]!);
        string[] verbs = [.. found["verbs"]!.AsArray().Select(v => (string)v!).Order()];
        string[] all = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
        Assert.Equal(plural == "namespaces" ? [.. all.Where(v => v != "deletecollection")] : all, verbs);
        Assert.Equal(shortName, shortName.Length == 0 ? "" : (string?)found["shortNames"]![0]);
    }

    [Cases]
    [InlineData("networking.ironcore.dev", "loadbalancers/status", "LoadBalancer")]
    [InlineData("networking.ironcore.dev", "networks/status", "Network")]
    [InlineData("lodestone.dev", "addresspools/status", "AddressPool")]
    [InlineData("lodestone.dev", "loadbalancerpolicies/status", "LoadBalancerPolicy")]
    [InlineData("lodestone.dev", "bgppeers/status", "BGPPeer")]
    public async Task Get_GroupVersion_ListsStatus(string group, string name, string kind)
    {
        Answer list = (await Api.GetAsync($"/apis/{group}/v1alpha1")).Is(200);
        System.Text.Json.Nodes.JsonNode found = Assert.Single(list["resources"].AsArray(), r => (string?)r!["name"] == name)!;
        Assert.Equal(kind, (string?)found["kind"]);
        Assert.Equal(["get", "patch", "update"], found["verbs"]!.AsArray().Select(v => (string)v!).Order());
    }

    [Cases]
    [InlineData("namespaces/status")]
    [InlineData("namespaces/finalize")]
    [InlineData("serviceaccounts/token")]
    public async Task Get_V1_ListsSubresources(string name) =>
        Assert.Contains((await Api.GetAsync("/api/v1")).Is(200)["resources"].AsArray(), r => (string?)r!["name"] == name);

    [Case]
    public async Task Get_CategoriesOfOurKinds_HaveAll()
    {
        Answer list = (await Api.GetAsync("/apis/networking.ironcore.dev/v1alpha1")).Is(200);
        System.Text.Json.Nodes.JsonNode found = Assert.Single(list["resources"].AsArray(), r => (string?)r!["name"] == "loadbalancers")!;
        Assert.Equal(["all"], found["categories"]!.AsArray().Select(c => (string)c!));
        Assert.Equal("loadbalancer", (string?)found["singularName"]);
    }

    [Cases]
    [InlineData("/api")]
    [InlineData("/apis")]
    [Differs("before 1.27 there is no aggregated discovery: the old documents", "as newer versions: one document", Since = 27)]
    public async Task Get_AggregatedV2_IsOneDocument(string path)
    {
        Answer answer = (await Api.GetAsync(path, $"{V2},{V2Beta1},application/json")).Is(200);
        if (Differs)
        {
            Assert.Equal("application/json", answer.ContentType);
            answer.Matches(path == "/api" ? """{"kind":"APIVersions"}""" : """{"kind":"APIGroupList"}""");
            return;
        }

        Assert.Equal(V2, answer.ContentType);
        answer.Matches("""{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2"}""");
        string etag = answer.Header("ETag")!;
        Answer again = await Api.SendAsync(HttpMethod.Get, path, headers: [("Accept", V2), ("If-None-Match", etag)]);
        again.Is(304);
    }

    [Cases]
    [InlineData("/api")]
    [InlineData("/apis")]
    public async Task Get_OnlyV2Beta1_IsNeverAnsweredWithV2(string path)
    {
        Answer answer = (await Api.GetAsync(path, V2Beta1 + ",application/json")).Is(200);
        Assert.DoesNotContain("v=v2;", answer.ContentType, StringComparison.Ordinal);
        Assert.NotEqual("apidiscovery.k8s.io/v2", answer.Has("apiVersion") ? answer.Get("apiVersion") : "");
    }
}
