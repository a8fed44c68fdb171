using System.Text;
using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Authentication;

public sealed class AuthenticationCases(Target target) : ConformanceCase(target)
{
    [Case]
    public async Task Anybody_WithBadToken_IsUnauthorized()
    {
        using KubeClient client = Target.Connect(token: "bogus");
        (await client.GetAsync(Kind.ConfigMap.In(Namespace))).Is(401).Matches("""{"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}""");
    }

    [Case]
    [Differs("403 for system:anonymous: anonymous requests are on", "401: anonymous requests are off but for health and version")]
    public async Task Anybody_Anonymous_IsRefused()
    {
        using KubeClient client = Target.Connect(isAnonymous: true);
        Answer answer = await client.GetAsync(Kind.ConfigMap.In(Namespace));
        if (Differs)
        {
            answer.IsFailure(
                403, "Forbidden",
                $"configmaps is forbidden: User \"system:anonymous\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"{Namespace}\"", """{"kind":"configmaps"}""");
            return;
        }

        answer.Is(401).Has("reason", "Unauthorized");
    }

    [Cases]
    [InlineData("/version")]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/healthz")]
    public async Task Anybody_Anonymous_SeesHealth(string path)
    {
        using KubeClient client = Target.Connect(isAnonymous: true);
        (await client.GetAsync(path)).Is(200);
    }

    [Case]
    public async Task Token_OfServiceAccount_IsThatAccount()
    {
        string token = await TokenAsync("robot");
        using KubeClient client = Target.Connect(token: token);
        (await client.GetAsync(Kind.ConfigMap.In(Namespace))).IsFailure(
            403, "Forbidden",
            $"configmaps is forbidden: User \"system:serviceaccount:{Namespace}:robot\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"{Namespace}\"",
            """{"kind":"configmaps"}""");
    }

    [Case]
    public async Task TokenRequest_SaysWhatItGrants()
    {
        await CreateAsync(Kind.ServiceAccount, "robot");
        Answer answer = await Api.PostAsync(
            Kind.ServiceAccount.At(Namespace, "robot") + "/token",
            """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":1200}}""");
        answer.Is(201).Matches("""{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{"expirationSeconds":1200},"status":{"token":"<any>","expirationTimestamp":"<time>"}}""");
        JsonNode claims = Claims(answer.Get("status.token"));
        Assert.Equal($"system:serviceaccount:{Namespace}:robot", (string?)claims["sub"]);
        Assert.Equal(Namespace, (string?)claims["kubernetes.io"]!["namespace"]);
        Assert.Equal("robot", (string?)claims["kubernetes.io"]!["serviceaccount"]!["name"]);
        Assert.Equal(1200, (long)claims["exp"]! - (long)claims["iat"]!);
    }

    [Case]
    public async Task TokenRequest_OfTooShortALife_IsInvalid()
    {
        await CreateAsync(Kind.ServiceAccount, "robot");
        (await Api.PostAsync(Kind.ServiceAccount.At(Namespace, "robot") + "/token", """{"spec":{"expirationSeconds":60}}""")).Is(422)
            .Has("reason", "Invalid").Has("details.causes[0].field", "spec.expirationSeconds");
    }

    [Case]
    public async Task TokenRequest_OfAccountThatIsNot_NotFound() =>
        (await Api.PostAsync(Kind.ServiceAccount.At(Namespace, "missing") + "/token", """{"spec":{}}""")).IsFailure(
            404, "NotFound", "serviceaccounts \"missing\" not found", """{"name":"missing","kind":"serviceaccounts"}""");

    [Case]
    public async Task Token_OfDeletedAccount_IsUnauthorized()
    {
        string token = await TokenAsync("robot");
        (await Api.DeleteAsync(Kind.ServiceAccount.At(Namespace, "robot"))).Is(200);
        (await Api.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", Review(token))).Is(201).HasNot("status.user.username");
    }

    [Case]
    public async Task TokenReview_OfGoodToken_NamesTheUser()
    {
        string token = await TokenAsync("robot");
        (await Api.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", Review(token))).Is(201).Matches($$$"""
            {"kind":"TokenReview","status":{"authenticated":true,"user":{"username":"system:serviceaccount:{{{Namespace}}}:robot","uid":"<uid>",
              "groups":["system:serviceaccounts","system:serviceaccounts:{{{Namespace}}}","system:authenticated"]} } }
            """);
    }

    [Case]
    public async Task TokenReview_OfBadToken_SaysNo()
    {
        Answer answer = (await Api.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", Review("bogus"))).Is(201).HasNot("status.user.username");
        Assert.False(answer.Has("status.authenticated") && answer.Get("status.authenticated") == "true");
    }

    [Case]
    [Differs("before 1.28 there is no SelfSubjectReview: 404", "as newer versions", Since = 28)]
    public async Task SelfSubjectReview_NamesTheUser()
    {
        Answer answer = await Api.PostAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
        if (Differs)
        {
            answer.Is(404);
            return;
        }

        answer.Is(201);
        Assert.Contains("system:authenticated", answer["status.userInfo.groups"].AsArray().Select(g => (string?)g));
    }

    [Case]
    public async Task Impersonate_User_IsThatUser()
    {
        Answer answer = await Api.SendAsync(HttpMethod.Get, Kind.ConfigMap.In(Namespace), headers: ("Impersonate-User", "alice"));
        answer.IsFailure(
            403, "Forbidden", $"configmaps is forbidden: User \"alice\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"{Namespace}\"", """{"kind":"configmaps"}""");
    }

    [Case]
    public async Task Impersonate_GroupWithoutUser_IsRefused()
    {
        Answer answer = await Api.SendAsync(HttpMethod.Get, Kind.ConfigMap.In(Namespace), headers: ("Impersonate-Group", "x"));
        Assert.True(answer.Code is 400 or 403 or 500, answer.ToString());
    }

    [Case]
    public async Task Impersonate_WithoutPermission_IsForbidden()
    {
        using KubeClient client = Target.Connect(token: await TokenAsync("robot"));
        Answer answer = await client.SendAsync(HttpMethod.Get, Kind.ConfigMap.In(Namespace), headers: ("Impersonate-User", "alice"));
        answer.Is(403).Has("reason", "Forbidden").Has("details.kind", "users").Has("details.name", "alice");
        Assert.Contains("cannot impersonate resource \"users\"", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    public async Task Headers_OfAFrontProxy_CountForNothing()
    {
        using KubeClient client = Target.Connect(token: await TokenAsync("robot"));
        Answer answer = await client.SendAsync(
            HttpMethod.Get, Kind.ConfigMap.In(Namespace), headers: [("X-Remote-User", "admin"), ("X-Remote-Group", "system:masters")]);
        answer.Is(403);
    }

    private static string Review(string token) => $$"""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"{{token}}"} }""";

    private static JsonNode Claims(string token)
    {
        string part = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        return JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(part.PadRight((part.Length + 3) / 4 * 4, '='))))!;
    }

    private async Task<string> TokenAsync(string account)
    {
        await CreateAsync(Kind.ServiceAccount, account);
        return (await Api.PostAsync(Kind.ServiceAccount.At(Namespace, account) + "/token", """{"spec":{}}""")).Is(201).Get("status.token");
    }
}
