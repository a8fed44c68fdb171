using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Security;
using Lodestone.Client.Certificates;
using Lodestone.Client.Config;

namespace Lodestone.ApiServer.Tests.Security.Certificates;

/// <summary>Machines that join, agents that renew, and what either is refused.</summary>
public sealed class AgentCertificateTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/lodestone-system/leases";
    private const string Secrets = "/api/v1/namespaces/kube-system/secrets";

    [Fact]
    public async Task Joiner_ForAHost_GetsTheAgentsCertificate()
    {
        (BootstrapToken token, ApiClient joiner) = await JoinerAsync();
        using ApiClient client = joiner;

        JsonObject settled = await RequestAsync(joiner, "join-1");
        using ApiClient agent = AgentOf(settled, "join-1");

        Assert.Equal($"system:bootstrap:{token.Id}", (string?)settled["spec"]!["username"]);
        Assert.Equal(
            ["system:bootstrappers", "system:bootstrappers:lodestone:agents", "system:authenticated"],
            settled["spec"]!["groups"]!.AsArray().Select(g => (string?)g));
        Assert.Equal(["Approved AutoApproved"], Conditions(settled));
        (await agent.PostAsync("/apis/lodestone.dev/v1alpha1/hosts", Samples.Host("join-1"))).Expect(201);
        (await agent.PostAsync("/apis/lodestone.dev/v1alpha1/hosts", Samples.Host("join-other"))).Expect(403);
        JsonObject key = (await agent.GetAsync("/api/v1/namespaces/lodestone-system/secrets/lodestone-flow-hash")).Expect(200).Json;
        Assert.Equal(
            (await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "flow-hash.key"), TestContext.Current.CancellationToken)).Trim(),
            Encoding.ASCII.GetString(Convert.FromBase64String((string)key["data"]!["key"]!)));
    }

    [Fact]
    public async Task Joiner_MayNothingElse()
    {
        (_, ApiClient joiner) = await JoinerAsync();
        using ApiClient client = joiner;
        (_, ApiClient other) = await JoinerAsync();
        using ApiClient otherClient = other;
        string foreign = (string)(await RequestAsync(other, "join-2"))["metadata"]!["name"]!;

        (await joiner.GetAsync($"{Requests}/{foreign}")).Expect(403);
        (await joiner.GetAsync(Requests)).Expect(403);
        (await joiner.DeleteAsync($"{Requests}/{foreign}")).Expect(403);
        (await joiner.MergePatchAsync($"{Requests}/{foreign}/approval", "{}")).Expect(403);
        (await joiner.GetAsync("/api/v1/namespaces/lodestone-system/secrets/lodestone-flow-hash")).Expect(403);
        (await joiner.GetAsync("/apis/lodestone.dev/v1alpha1/hosts")).Expect(403);
        (await joiner.GetAsync("/api/v1/namespaces")).Expect(403);
    }

    [Fact]
    public async Task Joiner_WithARoleThatGrantsEverything_MayNothingElse()
    {
        (BootstrapToken token, ApiClient joiner) = await JoinerAsync();
        using ApiClient client = joiner;
        (await server.Admin.PostAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", $$$"""
            {"metadata":{"name":"{{{token.SecretName}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},
             "subjects":[{"kind":"User","name":"system:bootstrap:{{{token.Id}}}"}]}
            """)).Expect(201);

        (await joiner.GetAsync("/api/v1/namespaces")).Expect(403);
        (await joiner.GetAsync(Secrets)).Expect(403);
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("deleted")]
    [InlineData("another secret")]
    [InlineData("not for authentication")]
    [InlineData("a group that is none")]
    public async Task Token_ThatDoesNotCount_IsUnauthorized(string what)
    {
        (BootstrapToken token, ApiClient joiner) = await JoinerAsync();
        using ApiClient client = joiner;
        (await joiner.GetAsync($"{Requests}/none")).Expect(404);
        string path = $"{Secrets}/{token.SecretName}";

        switch (what)
        {
            case "expired":
                (await server.Admin.MergePatchAsync(path, Data("expiration", DateTimeOffset.UnixEpoch.ToString("u", CultureInfo.InvariantCulture)))).Expect(200);
                break;
            case "deleted":
                (await server.Admin.DeleteAsync(path)).Expect(200);
                break;
            case "another secret":
                (await server.Admin.MergePatchAsync(path, Data("token-secret", "0123456789abcdef"))).Expect(200);
                break;
            case "not for authentication":
                (await server.Admin.MergePatchAsync(path, Data("usage-bootstrap-authentication", "false"))).Expect(200);
                break;
            default:
                (await server.Admin.MergePatchAsync(path, Data("auth-extra-groups", "system:masters"))).Expect(200);
                break;
        }

        (await joiner.GetAsync($"{Requests}/none")).Expect(401);
    }

    [Fact]
    public async Task Token_OfOneHost_IsRefusedForAnother()
    {
        (_, ApiClient joiner) = await JoinerAsync("only-this");
        using ApiClient client = joiner;

        JsonObject other = await RequestAsync(joiner, "only-that");
        JsonObject own = await RequestAsync(joiner, "only-this");

        Assert.Equal(["Denied OtherHost"], Conditions(other));
        Assert.Null(other["status"]!["certificate"]);
        Assert.Equal(["Approved AutoApproved"], Conditions(own));
    }

    [Fact]
    public async Task Joiner_ForAHostThatLives_IsRefused_AndNotOnceItIsDead()
    {
        (_, ApiClient joiner) = await JoinerAsync();
        using ApiClient client = joiner;
        await LeaseAsync("alive", TimeProvider.System.GetUtcNow());
        await LeaseAsync("dead", TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1));

        Assert.Equal(["Denied HostAlive"], Conditions(await RequestAsync(joiner, "alive")));
        Assert.Equal(["Approved AutoApproved"], Conditions(await RequestAsync(joiner, "dead")));

        async Task LeaseAsync(string host, DateTimeOffset renewed) => (await server.Admin.PostAsync(Leases, $$$"""
            {"metadata":{"name":"{{{host}}}"},"spec":{"holderIdentity":"{{{host}}}","leaseDurationSeconds":15,"renewTime":"{{{renewed:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}}}"}}
            """)).Expect(201);
    }

    [Fact]
    public async Task Agent_RenewsItsOwnCertificate_NoOthers()
    {
        using ApiClient agent = ApiClient.FromKubeconfig(server.Server.Credentials.IssueAgentKubeconfig(server.Server.Url, "renew-1"));
        await server.Admin.PostAsync(Leases, """{"metadata":{"name":"renew-1"},"spec":{"holderIdentity":"renew-1","leaseDurationSeconds":3600,"renewTime":"2199-01-01T00:00:00.000000Z"}}""");

        JsonObject own = await RequestAsync(agent, "renew-1");
        JsonObject other = await RequestAsync(agent, "renew-2");

        Assert.Equal(["Approved AutoApproved"], Conditions(own));
        Assert.Equal(["Denied OtherHost"], Conditions(other));
        using ApiClient renewed = AgentOf(own, "renew-1");
        (await renewed.GetAsync("/apis/lodestone.dev/v1alpha1/hosts")).Expect(200);
        (await agent.PostAsync(Requests, Body("renew-1", "kubernetes.io/kube-apiserver-client"))).Expect(403);
        (await agent.GetAsync(Requests)).Expect(403);
        (await agent.GetAsync("/api/v1/namespaces/kube-system/secrets/lodestone-flow-hash")).Expect(403);
        (await agent.GetAsync("/api/v1/namespaces/lodestone-system/secrets")).Expect(403);
    }

    [Theory]
    [InlineData("O=lodestone:agents, CN=somebody")]
    [InlineData("O=system:masters, CN=lodestone:agent:host-x")]
    [InlineData("O=lodestone:agents, O=system:masters, CN=lodestone:agent:host-x")]
    [InlineData("CN=lodestone:agent:host-x")]
    [InlineData("O=lodestone:agents, CN=lodestone:agent:Host_X")]
    [InlineData("O=lodestone:agents, CN=lodestone:agent:lodestone-controllers")]
    public async Task Request_OfAnotherSubject_Fails(string subject)
    {
        (_, ApiClient joiner) = await JoinerAsync();
        using ApiClient client = joiner;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        JsonObject settled = await SettledAsync(joiner, Body(Pem(subject, key), "lodestone.dev/agent", "client auth"));

        Assert.Equal(["Failed SignerValidationFailure"], Conditions(settled));
        Assert.Null(settled["status"]!["certificate"]);
    }

    [Fact]
    public async Task Request_ForServers_OrOfAWeakKey_Fails()
    {
        (_, ApiClient joiner) = await JoinerAsync();
        using ApiClient client = joiner;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
#pragma warning disable CA5385 // It is to be refused.
        using var weak = RSA.Create(1024);
#pragma warning restore CA5385
        string request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "O=lodestone:agents, CN=lodestone:agent:host-w", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();

        JsonObject serving = await SettledAsync(joiner, Body(AgentIdentity.RequestFor("host-s", key), "lodestone.dev/agent", "server auth"));
        JsonObject short1024 = await SettledAsync(joiner, Body(request, "lodestone.dev/agent", "client auth"));

        Assert.Equal(["Failed SignerValidationFailure"], Conditions(serving));
        Assert.Equal(["Failed SignerValidationFailure"], Conditions(short1024));
    }

    [Fact]
    public async Task Request_OfAnAdministrator_WaitsForAnApproval()
    {
        ApiAnswer created = (await server.Admin.PostAsync(Requests, Body("by-hand", "lodestone.dev/agent"))).Expect(201);
        string path = $"{Requests}/{created.Name}";
        using ApiClient viewer = Person("carol", isAdmin: false);
        using ApiClient admin = Person("jane", isAdmin: true);
        const string Approval = """{"status":{"conditions":[{"type":"Approved","status":"True","reason":"KubectlApprove","message":"seen"}]}}""";

        (await viewer.MergePatchAsync($"{path}/approval", Approval)).Expect(403);
        (await admin.MergePatchAsync($"{path}/status", """{"status":{"certificate":"eA=="}}""")).Expect(403);
        (await admin.MergePatchAsync($"{path}/approval", Approval)).Expect(200);
        JsonObject settled = await UntilSettledAsync(server.Admin, path);

        Assert.Equal("lodestone:admin", (string?)settled["spec"]!["username"]);
        Assert.Equal(["Approved KubectlApprove"], Conditions(settled));
        using ApiClient agent = AgentOf(settled, "by-hand");
        (await agent.GetAsync("/apis/lodestone.dev/v1alpha1/hosts")).Expect(200);
        Assert.Contains("updates may not remove a condition of type", (await admin.MergePatchAsync($"{path}/approval", """{"status":{"conditions":null}}""")).Expect(422).Text, StringComparison.Ordinal);
        Assert.Contains("mutually exclusive", (await server.Admin.JsonPatchAsync($"{path}/approval", """[{"op":"add","path":"/status/conditions/-","value":{"type":"Denied","status":"True"}}]""")).Expect(422).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_OfAnotherSigner_IsLeftToIt()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ApiAnswer created = (await server.Admin.PostAsync(Requests, Body(Pem("CN=jane", key), "example.com/people", "client auth"))).Expect(201);
        string path = $"{Requests}/{created.Name}";
        using ApiClient admin = Person("jane", isAdmin: true);

        (await admin.MergePatchAsync($"{path}/approval", """{"status":{"conditions":[{"type":"Approved","status":"True"}]}}""")).Expect(403);
        (await server.Admin.MergePatchAsync($"{path}/approval", """{"status":{"conditions":[{"type":"Approved","status":"True"}],"certificate":"eA=="}}""")).Expect(200);
        JsonObject approved = (await server.Admin.GetAsync(path)).Expect(200).Json;
        (await server.Admin.MergePatchAsync($"{path}/status", """{"status":{"conditions":null,"certificate":"eQ=="}}""")).Expect(200);
        JsonObject signed = (await server.Admin.GetAsync($"{path}/status")).Expect(200).Json;

        Assert.Null(approved["status"]!["certificate"]);
        Assert.Equal("eQ==", (string?)signed["status"]!["certificate"]);
        Assert.NotNull(signed["status"]!["conditions"]![0]!["lastTransitionTime"]);
        (await server.Admin.MergePatchAsync($"{path}/status", """{"status":{"certificate":"eg=="}}""")).Expect(422);
        (await server.Admin.PostAsync(Requests, Body(Pem("O=system:masters, CN=jane", key), "kubernetes.io/kube-apiserver-client", "client auth"))).Expect(403);
    }

    [Theory]
    [InlineData("bm8gcmVxdWVzdA==", "lodestone.dev/agent", "client auth", "spec.request")]
    [InlineData(null, "agent", "client auth", "spec.signerName")]
    [InlineData(null, "lodestone/agent", "client auth", "spec.signerName")]
    [InlineData(null, "lodestone.dev/agent", "fun", "spec.usages[0]")]
    public async Task Request_ThatBreaksARule_NamesTheField(string? request, string signer, string usage, string field)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string body = Body(AgentIdentity.RequestFor("rules", key), signer, usage);
        if (request is not null)
        {
            JsonNode changed = JsonNode.Parse(body)!;
            changed["spec"]!["request"] = request;
            body = changed.ToJsonString();
        }

        JsonObject refused = (await server.Admin.PostAsync(Requests, body)).Expect(422).Json;

        Assert.Equal([field], refused["details"]!["causes"]!.AsArray().Select(c => (string?)c!["field"]));
    }

    [Fact]
    public async Task ClusterInfo_IsForEverybody_AndLeadsToTheCa()
    {
        using ApiClient nobody = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(server.Server.KubeconfigPath, TestContext.Current.CancellationToken), isAnonymous: true);

        (await nobody.GetAsync("/api/v1/namespaces/kube-public/configmaps/cluster-info")).Expect(200);
        (await nobody.MergePatchAsync("/api/v1/namespaces/kube-public/configmaps/cluster-info", "{}")).Expect(403);
        (await nobody.GetAsync("/api/v1/namespaces/kube-public/configmaps")).Expect(401);
        var authority = await ServerDiscovery.FindAuthorityAsync(
            server.Server.Url, [PublicKeyPin.Of(server.Server.Credentials.Authority)], TestContext.Current.CancellationToken);
        var wrong = new PublicKeyPin(new string('0', 64));
        ServerDiscoveryException refused = await Assert.ThrowsAsync<ServerDiscoveryException>(
            () => ServerDiscovery.FindAuthorityAsync(server.Server.Url, [wrong], TestContext.Current.CancellationToken));

        Assert.Equal(server.Server.Credentials.Authority.RawData, authority.RawData);
        Assert.Contains("somebody else answers there", refused.Message, StringComparison.Ordinal);
    }

    private static string Pem(string subject, ECDsa key) =>
        new System.Security.Cryptography.X509Certificates.CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    private static string[] Conditions(JsonObject request) =>
        [.. request["status"]!["conditions"]!.AsArray().Select(c => $"{c!["type"]} {c["reason"]}")];

    private static string Body(string pem, string signer, string usage) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["generateName"] = "t-" },
        ["spec"] = new JsonObject
        {
            ["request"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(pem)),
            ["signerName"] = signer,
            ["usages"] = new JsonArray(usage),
            ["username"] = "system:admin",
            ["groups"] = new JsonArray("system:masters"),
        },
    }.ToJsonString();

    private static string Data(string key, string value) => $$$"""{"stringData":{"{{{key}}}":"{{{value}}}"}}""";

    private readonly Dictionary<string, string> _keys = [];

    private string Body(string host, string signer = "lodestone.dev/agent")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _keys[host] = key.ExportPkcs8PrivateKeyPem();
        return Body(AgentIdentity.RequestFor(host, key), signer, "client auth");
    }

    private Task<JsonObject> RequestAsync(ApiClient client, string host) => SettledAsync(client, Body(host));

    private async Task<JsonObject> SettledAsync(ApiClient client, string body) =>
        await UntilSettledAsync(client, $"{Requests}/{(await client.PostAsync(Requests, body)).Expect(201).Name}");

    private async Task<JsonObject> UntilSettledAsync(ApiClient client, string path)
    {
        JsonObject? request = null;
        await server.UntilAsync(async () =>
        {
            request = (await client.GetAsync(path)).Expect(200).Json;
            return request["status"]?["certificate"] is not null
                || request["status"]?["conditions"]?.AsArray().Any(c => (string?)c!["type"] is "Denied" or "Failed") == true;
        });
        return request!;
    }

    private ApiClient AgentOf(JsonObject request, string host) => ApiClient.FromKubeconfig(KubeConfigText.Of(
        server.Server.Url,
        server.Server.Credentials.AuthorityPem,
        UserInfo.AgentPrefix + host,
        Encoding.ASCII.GetString(Convert.FromBase64String((string)request["status"]!["certificate"]!)),
        _keys[host]));

    private ApiClient Person(string name, bool isAdmin) => ApiClient.FromKubeconfig(server.Server.Credentials.IssueUserKubeconfig(server.Server.Url, name, isAdmin));

    private async Task<(BootstrapToken Token, ApiClient Client)> JoinerAsync(string? host = null)
    {
        var token = BootstrapToken.Create();
        string secret = System.Text.Json.JsonSerializer.Serialize(token.ToSecret(TimeProvider.System.GetUtcNow().AddHours(1), null, host), Api.Json.ApiJsonContext.Default.Secret);
        (await server.Admin.PostAsync(Secrets, secret)).Expect(201);
        ApiClient client = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(server.Server.KubeconfigPath, TestContext.Current.CancellationToken), isAnonymous: true);
        return (token, client.With("Authorization", $"Bearer {token.Reveal()}"));
    }
}
