using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Tests.Security;

/// <summary>What the agent of a machine may do, and each thing it may not.</summary>
public sealed class AgentTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Hosts = "/apis/lodestone.dev/v1alpha1/hosts";
    private const string Networking = "/apis/networking.ironcore.dev/v1alpha1";
    private const string Peers = "/apis/lodestone.dev/v1alpha1/bgppeers";
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/lodestone-system/leases";
    private const string ApplyType = "application/apply-patch+yaml";

    /// <summary>A load balancer's status as the controllers and another gateway leave it.</summary>
    private const string StatusOfOthers = """
        {"status":{"ips":["203.0.113.1"],"gateways":[{"name":"other","state":"Programmed"}],
         "conditions":[{"type":"AddressesAllocated","status":"True","reason":"A","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}
        """;

    [Fact]
    public async Task OwnHost_IsWritten()
    {
        using ApiClient agent = Agent("own-1");

        (await agent.PostAsync(Hosts, Samples.Host("own-1"))).Expect(201);
        (await agent.MergePatchAsync($"{Hosts}/own-1", """{"spec":{"roles":["Hypervisor"]}}""")).Expect(200);
        (await agent.MergePatchAsync($"{Hosts}/own-1/status", """{"status":{"agentVersion":"1"}}""")).Expect(200);
    }

    [Fact]
    public async Task OwnHost_DrainThatSomebodySaid_Stays()
    {
        using ApiClient agent = Agent("own-9");
        (await agent.PostAsync(Hosts, Samples.Host("own-9"))).Expect(201);
        (await server.Admin.MergePatchAsync($"{Hosts}/own-9", """{"spec":{"drain":true}}""")).Expect(200);

        (await agent.MergePatchAsync($"{Hosts}/own-9", """{"spec":{"roles":["Hypervisor"]}}""")).Expect(200);
        ApiAnswer refused = (await agent.MergePatchAsync($"{Hosts}/own-9", """{"spec":{"drain":null}}""")).ExpectFailure(403, "Forbidden");

        Assert.Contains("may not write spec.drain of its Host", refused.Message, StringComparison.Ordinal);
        Assert.Contains("\"drain\":true", (await agent.GetAsync($"{Hosts}/own-9")).Expect(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnLease_IsWritten()
    {
        using ApiClient agent = Agent("own-2");

        ApiAnswer created = (await agent.PostAsync(Leases, """{"metadata":{"name":"own-2"},"spec":{"holderIdentity":"own-2"}}""")).Expect(201);
        (await agent.PutAsync($"{Leases}/own-2", created.Text)).Expect(200);
        (await agent.DeleteAsync($"{Leases}/own-2")).Expect(200);
    }

    [Fact]
    public async Task OwnNics_AreReported()
    {
        (string ns, ApiClient agent) = await WorldAsync("own-3");
        using ApiClient client = agent;
        string nics = $"{Networking}/namespaces/{ns}/networkinterfaces";

        (await agent.MergePatchAsync($"{nics}/mine/status", """{"status":{"state":"Available"}}""")).Expect(200);
        (await agent.PostAsync($"/api/v1/namespaces/{ns}/events", EventAbout("NetworkInterface", ns, "mine", "own-3"))).Expect(201);
    }

    [Fact]
    public async Task LoadBalancers_ItsOwnEntry_IsWrittenChangedAndTakenAway()
    {
        (string ns, ApiClient agent) = await WorldAsync("own-4");
        using ApiClient client = agent;
        string status = $"{Networking}/namespaces/{ns}/loadbalancers/lb/status";

        (await agent.JsonPatchAsync(status, """[{"op":"add","path":"/status","value":{"gateways":[{"name":"own-4","state":"Programmed"}]}}]""")).Expect(200);
        (await agent.MergePatchAsync(status, """{"status":null}""")).Expect(200);
        (await server.Admin.MergePatchAsync(status, StatusOfOthers)).Expect(200);
        ApiAnswer added = (await agent.SendAsync(HttpMethod.Patch, $"{status}?fieldManager=a", Applied(ns, """{"gateways":[{"name":"own-4","state":"Programmed","ringGeneration":1}]}"""), ApplyType)).Expect(200);
        ApiAnswer changed = (await agent.JsonPatchAsync(status, """[{"op":"replace","path":"/status/gateways/1/state","value":"Failed"}]""")).Expect(200);
        ApiAnswer removed = (await agent.JsonPatchAsync(status, """[{"op":"remove","path":"/status/gateways/1"}]""")).Expect(200);
        ApiAnswer sent = (await agent.PostAsync($"/api/v1/namespaces/{ns}/events", EventAbout("LoadBalancer", ns, "lb", "own-4"))).Expect(201);
        (await agent.MergePatchAsync($"/api/v1/namespaces/{ns}/events/{sent.Name}", """{"count":2}""")).Expect(200);

        Assert.Equal(["other=Programmed", "own-4=Programmed"], Gateways(added));
        Assert.Equal(["other=Programmed", "own-4=Failed"], Gateways(changed));
        Assert.Equal(["other=Programmed"], Gateways(removed));

        static string[] Gateways(ApiAnswer answer) => [.. answer.Json["status"]!["gateways"]!.AsArray().Select(g => $"{g!["name"]}={g["state"]}")];
    }

    [Theory]
    [InlineData("an address", """{"op":"add","path":"/status/ips/-","value":"203.0.113.66"}""")]
    [InlineData("no address", """{"op":"remove","path":"/status/ips"}""")]
    [InlineData("condition Programmed", """{"op":"add","path":"/status/conditions/-","value":{"type":"Programmed","status":"True","reason":"P","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}}""")]
    [InlineData("a condition", """{"op":"replace","path":"/status/conditions/0/status","value":"False"}""")]
    [InlineData("the state", """{"op":"add","path":"/status/state","value":"Ready"}""")]
    [InlineData("counts", """{"op":"add","path":"/status/targets","value":7}""")]
    [InlineData("another's entry", """{"op":"replace","path":"/status/gateways/0/state","value":"Failed"}""")]
    [InlineData("another's entry, renamed to its own", """{"op":"replace","path":"/status/gateways/0/name","value":"own-8"}""")]
    [InlineData("without another's entry", """{"op":"remove","path":"/status/gateways/0"}""")]
    [InlineData("an entry of nobody", """{"op":"add","path":"/status/gateways/-","value":{"name":"third","state":"Programmed"}}""")]
    [InlineData("its own entry and an address", """{"op":"add","path":"/status/gateways/-","value":{"name":"own-8","state":"Programmed"}},{"op":"remove","path":"/status/ips"}""")]
    [InlineData("nothing at all", """{"op":"remove","path":"/status"}""")]
    public async Task LoadBalancers_WhatIsNotItsOwnEntry_IsNotWritten(string what, string operations)
    {
        (string ns, ApiClient agent) = await WorldAsync("own-8");
        using ApiClient client = agent;
        string status = $"{Networking}/namespaces/{ns}/loadbalancers/lb/status";
        string before = (await server.Admin.MergePatchAsync(status, StatusOfOthers)).Expect(200).ResourceVersion;

        ApiAnswer refused = (await agent.JsonPatchAsync(status, $"[{operations}]")).ExpectFailure(403, "Forbidden");

        Assert.Equal(
            "loadbalancers.networking.ironcore.dev \"lb\" is forbidden: the agent of host \"own-8\" may only write its own entry in status.gateways of a LoadBalancer",
            refused.Message);
        Assert.True(before == (await server.Admin.GetAsync($"{Networking}/namespaces/{ns}/loadbalancers/lb")).Expect(200).ResourceVersion, what);
    }

    [Theory]
    [InlineData("""{"gateways":[{"name":"other","state":"Failed"}]}""")]
    [InlineData("""{"gateways":[{"name":"own-9","state":"Programmed"}],"ips":["203.0.113.66"]}""")]
    [InlineData("""{"conditions":[{"type":"Programmed","status":"True","reason":"P","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}""")]
    public async Task LoadBalancers_ForcedApply_IsNoWayAround(string applied)
    {
        (string ns, ApiClient agent) = await WorldAsync("own-9");
        using ApiClient client = agent;
        string status = $"{Networking}/namespaces/{ns}/loadbalancers/lb/status";
        (await server.Admin.MergePatchAsync(status, StatusOfOthers)).Expect(200);

        (await agent.SendAsync(HttpMethod.Patch, $"{status}?fieldManager=a&force=true", Applied(ns, applied), ApplyType)).ExpectFailure(403, "Forbidden");
    }

    [Theory]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/loadbalancers")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/loadbalancerroutings")]
    [InlineData("/apis/ipam.ironcore.dev/v1alpha1/prefixes")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/networks")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/networkinterfaces")]
    [InlineData("/apis/lodestone.dev/v1alpha1/hosts")]
    [InlineData("/apis/lodestone.dev/v1alpha1/bgppeers")]
    [InlineData("/apis/coordination.k8s.io/v1/namespaces/lodestone-system/leases")]
    [InlineData("/api/v1/namespaces")]
    [InlineData("/api/v1/events")]
    [InlineData("/apis")]
    public async Task WhatItNeeds_IsRead(string path)
    {
        using ApiClient agent = Agent("reader");

        (await agent.GetAsync(path)).Expect(200);
    }

    [Theory]
    [InlineData("/api/v1/secrets")]
    [InlineData("/api/v1/configmaps")]
    [InlineData("/api/v1/namespaces/kube-system/secrets")]
    [InlineData("/api/v1/namespaces/lodestone-system/secrets")]
    [InlineData("/api/v1/namespaces/lodestone-system/secrets/another")]
    [InlineData("/api/v1/namespaces/default/secrets/bgp-passwords")]
    [InlineData("/api/v1/namespaces/lodestone-system/secrets?watch=true&fieldSelector=metadata.name%3Dbgp-passwords")]
    [InlineData("/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt")]
    [InlineData("/api/v1/namespaces/default/serviceaccounts")]
    [InlineData("/apis/rbac.authorization.k8s.io/v1/clusterroles")]
    [InlineData("/apis/ipam.ironcore.dev/v1alpha1/prefixallocations")]
    [InlineData("/metrics")]
    public async Task WhatItDoesNotNeed_IsNotRead(string path)
    {
        using ApiClient agent = Agent("reader");

        (await agent.GetAsync(path)).ExpectFailure(403, "Forbidden");
    }

    /// <summary>A session with a router, of the own host.</summary>
    [Fact]
    public async Task BgpPeers_ItsOwnSession_IsWrittenAndTakenAway()
    {
        using ApiClient agent = Agent("own-20");
        await CreatePeerAsync("peer-own");
        string status = $"{Peers}/peer-own/status";

        (await agent.SendAsync(HttpMethod.Patch, $"{status}?fieldManager=a", AppliedSession("peer-own", "own-20"), ApplyType)).Expect(200);
        (await server.Admin.MergePatchAsync(status, """{"status":{"sessions":[{"host":"own-20","state":"Established"},{"host":"other","state":"Connecting"}]}}""")).Expect(200);
        (await agent.JsonPatchAsync(status, """[{"op":"remove","path":"/status/sessions/0"}]""")).Expect(200);
    }

    [Fact]
    public async Task BgpPeers_EventsAboutThem_AreWritten()
    {
        using ApiClient agent = Agent("own-23");
        await CreatePeerAsync("peer-told");

        (await agent.PostAsync("/api/v1/namespaces/default/events", EventAbout("peer-told"))).Expect(201);
        ApiAnswer refused = (await agent.PostAsync("/api/v1/namespaces/default/events", EventAbout("peer-none"))).ExpectFailure(403, "Forbidden");

        Assert.Contains("may not write Events about BGPPeer \"peer-none\"", refused.Message, StringComparison.Ordinal);

        static string EventAbout(string peer) =>
            $$$"""
            {"metadata":{"name":"{{{peer}}}.1"},"involvedObject":{"apiVersion":"lodestone.dev/v1alpha1","kind":"BGPPeer","name":"{{{peer}}}"},
             "reason":"Established","message":"m","type":"Normal","source":{"component":"lodestone-agent","host":"own-23"},
             "reportingComponent":"lodestone-agent","reportingInstance":"own-23"}
            """;
    }

    [Theory]
    [InlineData("another's", """[{"op":"replace","path":"/status/sessions/0/state","value":"Failed"}]""")]
    [InlineData("without another's", """[{"op":"remove","path":"/status/sessions/0"}]""")]
    [InlineData("nobody's", """[{"op":"add","path":"/status/sessions/-","value":{"host":"third","state":"Established"}}]""")]
    public async Task BgpPeers_AnothersSession_IsNotWritten(string what, string operations)
    {
        using ApiClient agent = Agent("own-21");
        string name = "peer-" + what.Replace(' ', '-').Replace("'", "", StringComparison.Ordinal);
        await CreatePeerAsync(name);
        (await server.Admin.MergePatchAsync($"{Peers}/{name}/status", """{"status":{"sessions":[{"host":"other","state":"Established"}]}}""")).Expect(200);

        ApiAnswer refused = (await agent.JsonPatchAsync($"{Peers}/{name}/status", operations)).ExpectFailure(403, "Forbidden");

        Assert.Contains("may only write its own session in status.sessions of a BGPPeer", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BgpPasswords_AreRead_ByNameAlone()
    {
        using ApiClient agent = Agent("own-22");
        (await server.Admin.PostAsync("/api/v1/namespaces/lodestone-system/secrets", """{"metadata":{"name":"bgp-passwords"},"data":{"tor":"cw=="}}""")).Expect(201);

        (await agent.GetAsync("/api/v1/namespaces/lodestone-system/secrets/bgp-passwords")).Expect(200);
        (await agent.MergePatchAsync("/api/v1/namespaces/lodestone-system/secrets/bgp-passwords", """{"data":{"tor":"eA=="}}""")).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task Secrets_AreNotRead_EvenIfARoleGrantsThem()
    {
        using ApiClient agent = Agent("granted");
        await GrantAsync("granted");

        ApiAnswer refused = (await agent.GetAsync("/api/v1/secrets")).ExpectFailure(403, "Forbidden");
        (await agent.GetAsync("/api/v1/configmaps")).ExpectFailure(403, "Forbidden");
        (await agent.GetAsync(Hosts)).Expect(200);

        Assert.EndsWith("at the cluster scope: agents may not do that, whatever roles grant them", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "HOSTS", """{"metadata":{"name":"other"},"spec":{"roles":["Gateway"]}}""", "may not write Host \"other\"")]
    [InlineData("POST", "HOSTS", """{"metadata":{"generateName":"bad-"},"spec":{"roles":["Gateway"]}}""", "may not write Host \"bad-")]
    [InlineData("PATCH", "HOSTS/other", "{}", "may not write Host \"other\"")]
    [InlineData("POST", "HOSTS", """{"metadata":{"name":"bad"},"spec":{"drain":true}}""", "may not write spec.drain of its Host: that is for people to say")]
    [InlineData("PATCH", "HOSTS/other/status", """{"status":{"agentVersion":"evil"}}""", "may not write Host \"other\"")]
    [InlineData("PUT", "HOSTS/other", """{"metadata":{"name":"other","resourceVersion":"RV"},"spec":{"roles":["Gateway"]}}""", "may not write Host \"other\"")]
    [InlineData("DELETE", "HOSTS/other", "", "may not do that")]
    [InlineData("DELETE", "HOSTS", "", "may not do that")]
    [InlineData("POST", "LEASES", """{"metadata":{"name":"other"}}""", "may not write Lease \"lodestone-system/other\"")]
    [InlineData("PUT", "LEASES/other", """{"metadata":{"name":"other","resourceVersion":"RV"}}""", "may not write Lease \"lodestone-system/other\"")]
    [InlineData("PATCH", "LEASES/lodestone-controllers", """{"spec":{"holderIdentity":"bad"}}""", "may not write Lease \"lodestone-system/lodestone-controllers\"")]
    [InlineData("POST", "/apis/coordination.k8s.io/v1/namespaces/NS/leases", """{"metadata":{"name":"bad"}}""", "may not write Lease \"NS/bad\"")]
    [InlineData("DELETE", "LEASES/other", "", "may not write Lease \"lodestone-system/other\"")]
    [InlineData("DELETE", "LEASES", "", "may not do that")]
    [InlineData("PATCH", "NET/networkinterfaces/theirs/status", """{"status":{"state":"Available"}}""", "may not write the status of a NetworkInterface that is not on it")]
    [InlineData("PATCH", "NET/networkinterfaces/nobodys/status", """{"status":{"state":"Available"}}""", "may not write the status of a NetworkInterface that is not on it")]
    [InlineData("PATCH", "NET/networkinterfaces/theirs/status", """{"spec":{"providerID":"lodestone://bad/x"},"status":{"state":"Error"}}""", "may not write the status of a NetworkInterface that is not on it")]
    [InlineData("PUT", "NET/networkinterfaces/theirs/status", """{"metadata":{"name":"theirs","resourceVersion":"RV"},"spec":{"providerID":"lodestone://bad/x","networkRef":{"name":"n"}},"status":{"state":"Error"}}""", "may not write the status of a NetworkInterface that is not on it")]
    [InlineData("PATCH", "NET/networkinterfaces/theirs", """{"spec":{"providerID":"lodestone://bad/x"}}""", "may not do that")]
    [InlineData("PATCH", "NET/networkinterfaces/mine", """{"metadata":{"labels":{"a":"b"}}}""", "may not do that")]
    [InlineData("DELETE", "NET/networkinterfaces/mine", "", "may not do that")]
    [InlineData("DELETE", "NET/networkinterfaces", "", "may not do that")]
    [InlineData("POST", "NET/networkinterfaces", """{"metadata":{"name":"x"},"spec":{"providerID":"lodestone://bad/x","networkRef":{"name":"n"}}}""", "may not do that")]
    [InlineData("PATCH", "NET/loadbalancers/lb", """{"metadata":{"labels":{"a":"b"}}}""", "may not do that")]
    [InlineData("DELETE", "NET/loadbalancers/lb", "", "may not do that")]
    [InlineData("POST", "NET/loadbalancerroutings", """{"metadata":{"name":"x"},"networkRef":{"name":"n"}}""", "may not do that")]
    [InlineData("POST", "NET/networks", """{"metadata":{"name":"x"}}""", "may not do that")]
    [InlineData("POST", "/apis/ipam.ironcore.dev/v1alpha1/namespaces/NS/prefixes", """{"metadata":{"name":"x"},"spec":{"prefix":"10.0.0.0/8"}}""", "may not do that")]
    [InlineData("POST", "/apis/lodestone.dev/v1alpha1/bgppeers", """{"metadata":{"name":"x"},"spec":{"interface":"eth0","peerASN":1,"localASN":2}}""", "may not do that")]
    [InlineData("POST", "/apis/lodestone.dev/v1alpha1/addresspools", """{"metadata":{"name":"x"}}""", "may not do that")]
    [InlineData("POST", "/api/v1/namespaces", """{"metadata":{"name":"x"}}""", "may not do that")]
    [InlineData("POST", "/api/v1/namespaces/NS/secrets", """{"metadata":{"name":"x"}}""", "may not do that")]
    [InlineData("POST", "/api/v1/namespaces/NS/configmaps", """{"metadata":{"name":"x"}}""", "may not do that")]
    [InlineData("POST", "/api/v1/namespaces/NS/serviceaccounts/default/token", "{}", "may not do that")]
    [InlineData("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """{"metadata":{"name":"x"},"roleRef":{"kind":"ClusterRole","name":"cluster-admin"}}""", "may not do that")]
    [InlineData("POST", "/api/v1/namespaces/NS/events", "EVENT:NetworkInterface:theirs:bad", "may not write Events about NetworkInterface \"NS/theirs\"")]
    [InlineData("POST", "/api/v1/namespaces/NS/events", "EVENT:Network:n:bad", "may not write Events about Network \"NS/n\"")]
    [InlineData("POST", "/api/v1/namespaces/NS/events", "EVENT:NetworkInterface:mine:other", "may only write Events that name it as reportingInstance and source.host")]
    [InlineData("PATCH", "/api/v1/namespaces/NS/events/theirs", """{"count":7}""", "may only write Events that name it as reportingInstance and source.host")]
    [InlineData("PATCH", "/api/v1/namespaces/NS/events/theirs", """{"reportingInstance":"bad","source":{"host":"bad"}}""", "may only write Events that name it as reportingInstance and source.host")]
    [InlineData("DELETE", "/api/v1/namespaces/NS/events/theirs", "", "may not do that")]
    public async Task WhatIsNotItsOwn_IsNotWritten_EvenIfARoleGrantsEverything(string method, string path, string body, string why)
    {
        (string ns, ApiClient agent) = await WorldAsync("bad");
        using ApiClient client = agent;
        await GrantAsync("bad");
        path = path.Replace("HOSTS", Hosts, StringComparison.Ordinal)
            .Replace("LEASES", Leases, StringComparison.Ordinal)
            .Replace("NET", $"{Networking}/namespaces/NS", StringComparison.Ordinal)
            .Replace("NS", ns, StringComparison.Ordinal);
        if (body.StartsWith("EVENT:", StringComparison.Ordinal))
        {
            string[] parts = body.Split(':');
            body = EventAbout(parts[1], ns, parts[2], parts[3]);
        }

        if (body.Contains("\"RV\"", StringComparison.Ordinal))
        {
            body = body.Replace("RV", (await server.Admin.GetAsync(path)).Expect(200).ResourceVersion, StringComparison.Ordinal);
        }

        string type = method == "PATCH" ? "application/merge-patch+json" : "application/json";
        ApiAnswer refused = (await agent.SendAsync(new HttpMethod(method), path, body.Length == 0 ? null : body, type)).ExpectFailure(403, "Forbidden");

        Assert.Contains(why.Replace("NS", ns, StringComparison.Ordinal), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusOfItsNic_ChangesNothingElse()
    {
        (string ns, ApiClient agent) = await WorldAsync("own-5");
        using ApiClient client = agent;

        ApiAnswer changed = (await agent.MergePatchAsync($"{Networking}/namespaces/{ns}/networkinterfaces/mine/status", """
            {"metadata":{"labels":{"a":"b"},"annotations":{"a":"b"},"finalizers":["example.org/x"],
                         "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"x","uid":"u"}]},
             "spec":{"providerID":"lodestone://other/x"},"status":{"state":"Available"}}
            """)).Expect(200);

        Assert.Equal("Available", (string?)changed.Json["status"]!["state"]);
        Assert.Equal("lodestone://own-5/dev", (string?)changed.Json["spec"]!["providerID"]);
        Assert.All((string[])["labels", "annotations", "finalizers", "ownerReferences"], name => Assert.Null(changed.Json["metadata"]![name]));
    }

    [Fact]
    public async Task ServerSideApply_IsNoWayAround()
    {
        (string ns, ApiClient agent) = await WorldAsync("own-7");
        using ApiClient client = agent;
        const string Apply = ApplyType;
        string nics = $"{Networking}/namespaces/{ns}/networkinterfaces";

        (await agent.SendAsync(HttpMethod.Patch, $"{Hosts}/own-7?fieldManager=a", """{"apiVersion":"lodestone.dev/v1alpha1","kind":"Host","metadata":{"name":"own-7"},"spec":{"roles":["Gateway"]}}""", Apply)).Expect(201);
        (await agent.SendAsync(HttpMethod.Patch, $"{Hosts}/new-7?fieldManager=a", """{"apiVersion":"lodestone.dev/v1alpha1","kind":"Host","metadata":{"name":"new-7"},"spec":{"roles":["Gateway"]}}""", Apply)).ExpectFailure(403, "Forbidden");
        (await agent.SendAsync(HttpMethod.Patch, $"{nics}/theirs/status?fieldManager=a&force=true", """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"NetworkInterface","metadata":{"name":"theirs"},"spec":{"providerID":"lodestone://own-7/x"},"status":{"state":"Error"}}""", Apply)).ExpectFailure(403, "Forbidden");
        (await agent.SendAsync(HttpMethod.Patch, $"{nics}/mine/status?fieldManager=a&force=true", """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"NetworkInterface","metadata":{"name":"mine"},"status":{"state":"Error"}}""", Apply)).Expect(200);
    }

    [Fact]
    public async Task Nic_ThatMovedAway_IsNoLongerReported()
    {
        (string ns, ApiClient agent) = await WorldAsync("own-6");
        using ApiClient client = agent;
        string nic = $"{Networking}/namespaces/{ns}/networkinterfaces/mine";
        (await server.Admin.MergePatchAsync(nic, """{"spec":{"providerID":"lodestone://other/dev"}}""")).Expect(200);

        (await agent.MergePatchAsync($"{nic}/status", """{"status":{"state":"Error"}}""")).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task AgentWithoutAHost_WritesNothing()
    {
        using ApiClient agent = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, "somebody", [UserInfo.Agents]));

        ApiAnswer refused = (await agent.PostAsync(Hosts, Samples.Host("somebody"))).ExpectFailure(403, "Forbidden");
        (await agent.GetAsync(Hosts)).Expect(200);

        Assert.Contains("user \"somebody\" in group lodestone:agents is not named lodestone:agent:HOST", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UserNamedLikeAnAgent_OutsideTheGroup_IsNobody()
    {
        using ApiClient user = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, "lodestone:agent:x", []));

        (await user.GetAsync(Hosts)).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task HostNamedLikeTheControllersLease_DoesNotGetIt()
    {
        using ApiClient agent = Agent("lodestone-controllers");

        (await agent.PostAsync(Leases, """{"metadata":{"name":"lodestone-controllers"}}""")).ExpectFailure(403, "Forbidden");
    }

    private static string Applied(string ns, string status) =>
        $$"""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"lb","namespace":"{{ns}}"},"status":{{status}}}""";

    private static string EventAbout(string kind, string ns, string name, string host, string? eventName = null) => $$$"""
        {"metadata":{"name":"{{{eventName ?? $"{name}.{Guid.NewGuid():N}"}}}"},"involvedObject":{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"{{{kind}}}","namespace":"{{{ns}}}","name":"{{{name}}}"},
         "reason":"Bound","message":"m","type":"Normal","source":{"component":"lodestone-agent","host":"{{{host}}}"},
         "reportingComponent":"lodestone-agent","reportingInstance":"{{{host}}}"}
        """;

    private ApiClient Agent(string host) => ApiClient.FromKubeconfig(server.Server.Credentials.IssueAgentKubeconfig(server.Server.Url, host));

    /// <summary>A namespace with NICs on the host, on another and on none, a load balancer, and another agent's objects.</summary>
    private async Task<(string Namespace, ApiClient Agent)> WorldAsync(string host)
    {
        string ns = await server.NamespaceAsync();
        string nics = $"{Networking}/namespaces/{ns}/networkinterfaces";
        foreach ((string name, string provider) in ((string, string)[])[("mine", $"lodestone://{host}/dev"), ("theirs", "lodestone://other/dev"), ("nobodys", "")])
        {
            string id = provider.Length == 0 ? "" : $"\"providerID\":\"{provider}\",";
            (await server.Admin.PostAsync(nics, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{{{{id}}}"networkRef":{"name":"n"},"ipFamilies":["IPv4"],"ips":[{"value":"10.0.0.5"}]}}""")).Expect(201);
        }

        (await server.Admin.PostAsync(Samples.LoadBalancers(ns), Samples.LoadBalancer("lb"))).Expect(201);
        (await server.Admin.PostAsync($"/api/v1/namespaces/{ns}/events", EventAbout("NetworkInterface", ns, "mine", "other", "theirs"))).Expect(201);
        await EnsureAsync(Hosts, Samples.Host("other"));
        await EnsureAsync(Leases, """{"metadata":{"name":"other"}}""");
        await EnsureAsync(Leases, """{"metadata":{"name":"lodestone-controllers"}}""");
        return (ns, Agent(host));
    }

    private async Task EnsureAsync(string path, string body) => Assert.Contains((await server.Admin.PostAsync(path, body)).Code, (int[])[201, 409]);

    private Task GrantAsync(string host) => EnsureAsync(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        $$$"""{"metadata":{"name":"granted-{{{host}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"kind":"User","name":"lodestone:agent:{{{host}}}"}]}""");

    private static string AppliedSession(string peer, string host) =>
        $$$"""{"apiVersion":"lodestone.dev/v1alpha1","kind":"BGPPeer","metadata":{"name":"{{{peer}}}"},"status":{"sessions":[{"host":"{{{host}}}","state":"Connecting"}]}}""";

    private async Task CreatePeerAsync(string name) => (await server.Admin.PostAsync(
        Peers, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"peerAddress":"192.0.2.1","peerASN":65000,"localASN":65001}}""")).Expect(201);
}
