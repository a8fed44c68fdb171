using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Security;

/// <summary>Who may be somebody else, and who they are then.</summary>
public sealed class ImpersonationTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";

    [Fact]
    public async Task Admin_IsWhoeverItSays()
    {
        using ApiClient admin = Admin().With("Impersonate-User", "jane").With("Impersonate-Group", "devs")
            .With("Impersonate-Uid", "42").With("Impersonate-Extra-Example.org%2Fscopes", "read");

        JsonNode user = (await admin.PostAsync(WhoAmI, "{}")).Expect(201).Json["status"]!["userInfo"]!;

        Assert.Equal(("jane", "42"), ((string?)user["username"], (string?)user["uid"]));
        Assert.Equal(["devs", "system:authenticated"], user["groups"]!.AsArray().Select(g => (string?)g));
        Assert.Equal("read", (string?)user["extra"]!["example.org/scopes"]![0]);
        (await admin.GetAsync("/api/v1/namespaces")).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task ServiceAccount_HasItsGroups()
    {
        using ApiClient admin = Admin().With("Impersonate-User", "system:serviceaccount:default:default");

        JsonNode user = (await admin.PostAsync(WhoAmI, "{}")).Expect(201).Json["status"]!["userInfo"]!;

        Assert.Equal(["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"], user["groups"]!.AsArray().Select(g => (string?)g));
    }

    [Fact]
    public async Task Anonymous_IsNotAuthenticated()
    {
        using ApiClient admin = Admin().With("Impersonate-User", "system:anonymous");

        (await admin.GetAsync("/version")).Expect(200);
        ApiAnswer refused = (await admin.GetAsync("/api")).ExpectFailure(403, "Forbidden");

        Assert.Equal("forbidden: User \"system:anonymous\" cannot get path \"/api\"", refused.Message);
    }

    [Theory]
    [InlineData("Impersonate-User", "jane", "users \"jane\" is forbidden: User \"NAME\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope")]
    [InlineData("Impersonate-Group", "system:masters", "groups \"system:masters\" is forbidden: User \"NAME\" cannot impersonate resource \"groups\" in API group \"\" at the cluster scope")]
    [InlineData("Impersonate-Uid", "7", "uids.authentication.k8s.io \"7\" is forbidden: User \"NAME\" cannot impersonate resource \"uids\" in API group \"authentication.k8s.io\" at the cluster scope")]
    [InlineData("Impersonate-Extra-Scopes", "all", "userextras.authentication.k8s.io \"all\" is forbidden: User \"NAME\" cannot impersonate resource \"userextras/scopes\" in API group \"authentication.k8s.io\" at the cluster scope")]
    public async Task EachPart_NeedsItsPermission(string header, string value, string message)
    {
        string name = $"u-{Guid.NewGuid():N}";
        (await server.Admin.PostAsync($"{Rbac}/clusterroles", $$$"""{"metadata":{"name":"{{{name}}}"},"rules":[{"apiGroups":[""],"resources":["users"],"resourceNames":["bob"],"verbs":["impersonate"]}]}""")).Expect(201);
        (await server.Admin.PostAsync($"{Rbac}/clusterrolebindings", $$$"""{"metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{name}}}"},"subjects":[{"kind":"User","name":"{{{name}}}"}]}""")).Expect(201);
        using ApiClient user = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, name, []));
        user.With(header, value);
        if (header != "Impersonate-User")
        {
            user.With("Impersonate-User", "bob");
        }

        ApiAnswer refused = (await user.PostAsync(WhoAmI, "{}")).ExpectFailure(403, "Forbidden");

        Assert.Equal(message.Replace("NAME", name, StringComparison.Ordinal), refused.Message);
    }

    [Fact]
    public async Task WithPermissionForOneUser_IsThatUser()
    {
        string name = $"u-{Guid.NewGuid():N}";
        (await server.Admin.PostAsync($"{Rbac}/clusterroles", $$$"""{"metadata":{"name":"{{{name}}}"},"rules":[{"apiGroups":[""],"resources":["users"],"resourceNames":["bob"],"verbs":["impersonate"]}]}""")).Expect(201);
        (await server.Admin.PostAsync($"{Rbac}/clusterrolebindings", $$$"""{"metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{name}}}"},"subjects":[{"kind":"User","name":"{{{name}}}"}]}""")).Expect(201);
        using ApiClient user = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, name, [])).With("Impersonate-User", "bob");

        Assert.Equal("bob", (string?)(await user.PostAsync(WhoAmI, "{}")).Expect(201).Json["status"]!["userInfo"]!["username"]);
    }

    [Fact]
    public async Task GroupWithoutUser_IsRefused()
    {
        using ApiClient admin = Admin().With("Impersonate-Group", "devs");

        (await admin.PostAsync(WhoAmI, "{}")).ExpectFailure(400, "BadRequest");
    }

    [Fact]
    public async Task Nobody_IsNobodyElse()
    {
        using ApiClient nobody = ApiClient.FromKubeconfig(File.ReadAllText(server.Server.KubeconfigPath), isAnonymous: true).With("Impersonate-User", "lodestone:admin");

        (await nobody.GetAsync("/version")).ExpectFailure(403, "Forbidden");
        (await nobody.GetAsync("/api")).ExpectFailure(401, "Unauthorized");
    }

    private ApiClient Admin() => ApiClient.FromKubeconfig(File.ReadAllText(server.Server.KubeconfigPath));
}
